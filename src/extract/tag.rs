//! The elements of HTML that the readers tell apart, and what HTML says of how they nest.

/// An element's name as far as it matters here; every other one is `Other`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tag {
    A,
    Address,
    Area,
    Article,
    Aside,
    Audio,
    B,
    Base,
    Blockquote,
    Body,
    Br,
    Button,
    Caption,
    Center,
    Code,
    Col,
    Data,
    Dd,
    Del,
    Details,
    Dialog,
    Div,
    Dl,
    Dt,
    Embed,
    Fieldset,
    Figcaption,
    Figure,
    Footer,
    Form,
    H1,
    H2,
    H3,
    H4,
    H5,
    H6,
    Head,
    Header,
    Hr,
    Html,
    Iframe,
    Img,
    Input,
    Ins,
    Label,
    Legend,
    Li,
    Link,
    Main,
    Math,
    Menu,
    Meta,
    Meter,
    Nav,
    Noscript,
    Object,
    Ol,
    Optgroup,
    Option,
    Other,
    P,
    Param,
    Picture,
    Plaintext,
    Pre,
    RawOther,
    S,
    Script,
    Section,
    Select,
    Source,
    Span,
    Strike,
    Strong,
    Style,
    Sub,
    Summary,
    Sup,
    Svg,
    Table,
    Tbody,
    Td,
    Template,
    Textarea,
    Tfoot,
    Th,
    Thead,
    Time,
    Title,
    Tr,
    Track,
    Ul,
    Video,
    VoidOther,
}

/// No element that is told apart has a longer name.
const LONGEST: usize = 10;

impl Tag {
    pub(crate) fn of(name: &str) -> Self {
        let mut lower = [0_u8; LONGEST];
        let Some(lower) = lower.get_mut(..name.len()) else { return Self::Other };
        lower.copy_from_slice(name.as_bytes());
        lower.make_ascii_lowercase();
        match &*lower {
            b"a" => Self::A,
            b"address" => Self::Address,
            b"area" => Self::Area,
            b"article" => Self::Article,
            b"aside" => Self::Aside,
            b"audio" => Self::Audio,
            b"b" => Self::B,
            b"base" => Self::Base,
            b"blockquote" => Self::Blockquote,
            b"body" => Self::Body,
            b"br" => Self::Br,
            b"button" => Self::Button,
            b"caption" => Self::Caption,
            b"center" => Self::Center,
            b"code" => Self::Code,
            b"col" => Self::Col,
            b"data" => Self::Data,
            b"dd" => Self::Dd,
            b"del" => Self::Del,
            b"details" => Self::Details,
            b"dialog" => Self::Dialog,
            b"div" => Self::Div,
            b"dl" => Self::Dl,
            b"dt" => Self::Dt,
            b"embed" => Self::Embed,
            b"fieldset" => Self::Fieldset,
            b"figcaption" => Self::Figcaption,
            b"figure" => Self::Figure,
            b"footer" => Self::Footer,
            b"form" => Self::Form,
            b"h1" => Self::H1,
            b"h2" => Self::H2,
            b"h3" => Self::H3,
            b"h4" => Self::H4,
            b"h5" => Self::H5,
            b"h6" => Self::H6,
            b"head" => Self::Head,
            b"header" => Self::Header,
            b"hr" => Self::Hr,
            b"html" => Self::Html,
            b"iframe" => Self::Iframe,
            b"img" | b"image" => Self::Img,
            b"input" => Self::Input,
            b"ins" => Self::Ins,
            b"label" => Self::Label,
            b"legend" => Self::Legend,
            b"li" => Self::Li,
            b"link" => Self::Link,
            b"main" => Self::Main,
            b"math" => Self::Math,
            b"menu" => Self::Menu,
            b"meta" => Self::Meta,
            b"meter" => Self::Meter,
            b"nav" => Self::Nav,
            b"noscript" => Self::Noscript,
            b"object" => Self::Object,
            b"ol" => Self::Ol,
            b"optgroup" => Self::Optgroup,
            b"option" => Self::Option,
            b"p" => Self::P,
            b"param" => Self::Param,
            b"picture" => Self::Picture,
            b"plaintext" => Self::Plaintext,
            b"pre" | b"listing" => Self::Pre,
            b"xmp" | b"noembed" | b"noframes" => Self::RawOther,
            b"s" => Self::S,
            b"script" => Self::Script,
            b"section" => Self::Section,
            b"select" => Self::Select,
            b"source" => Self::Source,
            b"span" | b"font" => Self::Span,
            b"strike" => Self::Strike,
            b"strong" => Self::Strong,
            b"style" => Self::Style,
            b"sub" => Self::Sub,
            b"summary" => Self::Summary,
            b"sup" => Self::Sup,
            b"svg" => Self::Svg,
            b"table" => Self::Table,
            b"tbody" => Self::Tbody,
            b"td" => Self::Td,
            b"template" => Self::Template,
            b"textarea" => Self::Textarea,
            b"tfoot" => Self::Tfoot,
            b"th" => Self::Th,
            b"thead" => Self::Thead,
            b"time" => Self::Time,
            b"title" => Self::Title,
            b"tr" => Self::Tr,
            b"track" => Self::Track,
            b"ul" | b"dir" => Self::Ul,
            b"video" => Self::Video,
            b"wbr" | b"keygen" | b"frame" | b"bgsound" | b"basefont" => Self::VoidOther,
            _ => Self::Other,
        }
    }

    /// Elements that have no end tag.
    pub(crate) fn is_void(self) -> bool {
        use Tag::{Area, Base, Br, Col, Embed, Hr, Img, Input, Link, Meta, Param, Source, Track, VoidOther};
        matches!(self, Area | Base | Br | Col | Embed | Hr | Img | Input | Link | Meta | Param | Source | Track | VoidOther)
    }

    /// Elements whose content is text up to their end tag.
    pub(crate) fn is_raw(self) -> bool {
        use Tag::{Iframe, Noscript, RawOther, Script, Style, Textarea, Title};
        matches!(self, Iframe | Noscript | RawOther | Script | Style | Textarea | Title)
    }

    /// Elements that begin and end a line of text.
    pub(crate) fn is_block(self) -> bool {
        use Tag::{
            A, Area, Audio, B, Base, Code, Col, Data, Del, Embed, Iframe, Img, Input, Ins, Link, Math, Meta, Meter, Object, Option, Other,
            Param, Picture, S, Script, Source, Span, Strike, Strong, Style, Sub, Sup, Svg, Template, Time, Title, Track, Video, VoidOther,
        };
        !matches!(
            self,
            A | Area
                | Audio
                | B
                | Base
                | Code
                | Col
                | Data
                | Del
                | Embed
                | Iframe
                | Img
                | Input
                | Ins
                | Link
                | Math
                | Meta
                | Meter
                | Object
                | Option
                | Other
                | Param
                | Picture
                | S
                | Script
                | Source
                | Span
                | Strike
                | Strong
                | Style
                | Sub
                | Sup
                | Svg
                | Template
                | Time
                | Title
                | Track
                | Video
                | VoidOther
        )
    }

    pub(crate) fn is_heading(self) -> bool {
        matches!(self, Self::H1 | Self::H2 | Self::H3 | Self::H4 | Self::H5 | Self::H6)
    }

    /// Elements whose text nobody sees.
    pub(crate) fn is_silent(self) -> bool {
        use Tag::{Head, Iframe, Noscript, RawOther, Script, Select, Style, Svg, Template, Textarea, Title};
        matches!(self, Head | Iframe | Noscript | RawOther | Script | Select | Style | Svg | Template | Textarea | Title)
    }

    /// HTML that ends a drawing in which it stands.
    pub(super) fn breaks_out(self) -> bool {
        use Tag::{B, Blockquote, Body, Br, Center, Dd, Div, Dl, Dt, Hr, Img, Li, Menu, Meta, Ol, P, Pre, S, Span, Strong, Table, Ul};
        self.is_heading()
            || matches!(
                self,
                B | Blockquote
                    | Body
                    | Br
                    | Center
                    | Dd
                    | Div
                    | Dl
                    | Dt
                    | Hr
                    | Img
                    | Li
                    | Menu
                    | Meta
                    | Ol
                    | P
                    | Pre
                    | S
                    | Span
                    | Strong
                    | Table
                    | Ul
            )
    }

    /// An open element of the same kind that this start tag ends, as in `<li>one<li>two`.
    pub(super) fn ends(self, open: Self) -> bool {
        use Tag::{
            A, Address, Article, Aside, Base, Blockquote, Button, Center, Dd, Details, Div, Dl, Dt, Fieldset, Figcaption, Figure, Footer,
            Form, Head, Header, Hr, Li, Link, Main, Menu, Meta, Nav, Noscript, Ol, Optgroup, Option, P, Pre, Script, Section, Style,
            Summary, Table, Tbody, Td, Template, Tfoot, Th, Thead, Title, Tr, Ul,
        };
        match open {
            Li => self == Li,
            Dd | Dt => matches!(self, Dd | Dt),
            Option => matches!(self, Option | Optgroup),
            Optgroup => self == Optgroup,
            Td | Th => matches!(self, Td | Th | Tr | Tbody | Thead | Tfoot),
            Tr => matches!(self, Tr | Tbody | Thead | Tfoot),
            Tbody | Thead | Tfoot => matches!(self, Tbody | Thead | Tfoot),
            A | Button => self == open,
            Head => !matches!(self, Title | Meta | Link | Script | Style | Base | Noscript | Template),
            P => {
                self.is_heading()
                    || matches!(
                        self,
                        P | Address
                            | Article
                            | Aside
                            | Blockquote
                            | Center
                            | Dd
                            | Details
                            | Div
                            | Dl
                            | Dt
                            | Fieldset
                            | Figcaption
                            | Figure
                            | Footer
                            | Form
                            | Header
                            | Hr
                            | Li
                            | Main
                            | Menu
                            | Nav
                            | Ol
                            | Pre
                            | Section
                            | Summary
                            | Table
                            | Ul
                    )
            }
            open => open.is_heading() && self.is_heading(),
        }
    }

    /// Whether a search for an element to end stops here: what stands outside of a table cell or a list is not ended from within.
    pub(super) fn shields(self, wanted: Self) -> bool {
        use Tag::{Body, Caption, Dl, Html, Menu, Object, Ol, Select, Table, Tbody, Td, Template, Tfoot, Th, Thead, Tr, Ul};
        match wanted {
            Self::Li => matches!(self, Ul | Ol | Menu | Table | Td | Th | Template),
            Self::Dd | Self::Dt => matches!(self, Dl | Table | Td | Th | Template),
            Tr | Td | Th | Tbody | Thead | Tfoot => matches!(self, Table | Template | Html),
            Table => matches!(self, Html | Template),
            Self::Option | Self::Optgroup => self == Select,
            _ => matches!(self, Table | Td | Th | Caption | Object | Template | Html | Body),
        }
    }
}
