#!/bin/sh
# Fills the corpora from the pages and recipes of the repository; what is there already stays.
set -eu
cd "$(dirname "$0")"
seed() { mkdir -p "corpus/$1"; }
for target in markup extract_product structured jsonld_repair price gtin media recipe search; do seed "$target"; done
find ../tests/pages -name '*.html' -size -60k | while read -r page; do
    name=$(basename "$page")
    for target in markup extract_product structured; do cp "$page" "corpus/$target/$name"; done
    # One line: the blocks alone.
    tr '\n' ' ' <"$page" | grep -o '<script[^>]*ld+json[^>]*>[^<]*' | sed 's/^[^>]*>//' >"corpus/jsonld_repair/$name" || rm -f "corpus/jsonld_repair/$name"
    sed 's/<[^>]*>/ /g' "$page" | grep -E '[0-9][.,][0-9]{2}' | head -3 >"corpus/price/$name" || rm -f "corpus/price/$name"
    head -c 3000 "$page" >"corpus/search/$name"
done
cp ../src/recipe/builtin/*.toml corpus/recipe/
printf '3665606002802' >corpus/gtin/thirteen
printf '0748322148474' >corpus/gtin/zero
printf '12345670' >corpus/gtin/eight
printf '{"results":[{"link":"/a","references":"3665606002802"}]}' >corpus/search/doofinder
printf '{"nb_total":1,"vue":"<a href=\\"/a/1.html\\">a</a>"}' >corpus/search/vue
printf '{"length":1,"variant_0":{"href":"/fr/a"}}' >corpus/search/sylius
printf 'a.jpg 1x, https://cdn.test/b,c.jpg 800w' >corpus/media/srcset
printf '\211PNG\r\n\032\n\000\000\000\015IHDR\000\000\000\001\000\000\000\001' >corpus/media/png
printf '\000\000\000\040ftypisom\000\000\000\000isommp42\000\000\000\010moov' >corpus/media/mp4
printf 'OggS\000\002' >corpus/media/ogg
printf 'ID3\004\000\000\000\000\000\000\377\373\220\000' >corpus/media/mp3
printf 'RIFF\044\000\000\000WAVEfmt \020\000\000\000' >corpus/media/wav
printf '\032\105\337\243\237\102\206\201\001webm' >corpus/media/webm
