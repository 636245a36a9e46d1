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
    Colgroup,
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
            b"colgroup" => Self::Colgroup,
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

    /// Elements that stand in the head, where they come before the body.
    pub(super) fn is_of_head(self) -> bool {
        use Tag::{Base, Link, Meta, Noscript, Script, Style, Template, Title};
        matches!(self, Base | Link | Meta | Noscript | Script | Style | Template | Title)
    }

    /// Elements whose end tag may be left out.
    pub(super) fn ends_by_itself(self) -> bool {
        matches!(self, Self::Dd | Self::Dt | Self::Li | Self::Optgroup | Self::Option | Self::P)
    }

    /// Elements that go on behind the end of what they were opened in, as in `<p><b>one</p>two`.
    pub(super) fn is_formatting(self, name: &str) -> bool {
        let is = |names: &[&str]| names.iter().any(|known| name.eq_ignore_ascii_case(known));
        match self {
            Self::A | Self::B | Self::Code | Self::S | Self::Strike | Self::Strong => true,
            Self::Span => is(&["font"]),
            Self::Other => is(&["big", "em", "i", "nobr", "small", "tt", "u"]),
            _ => false,
        }
    }

    /// Elements in which formatting ends with them.
    pub(super) fn bounds_formatting(self) -> bool {
        matches!(self, Self::Caption | Self::Object | Self::Td | Self::Template | Self::Th)
    }

    /// An open element of the same kind that this start tag ends, as in `<li>one<li>two`.
    pub(super) fn ends(self, open: Self) -> bool {
        use Tag::{
            A, Address, Article, Aside, Blockquote, Button, Caption, Center, Col, Colgroup, Dd, Details, Div, Dl, Dt, Fieldset, Figcaption,
            Figure, Footer, Form, Header, Hr, Li, Main, Menu, Nav, Ol, Optgroup, Option, P, Pre, Section, Summary, Table, Tbody, Td,
            Template, Tfoot, Th, Thead, Tr, Ul,
        };
        match open {
            Li => self == Li,
            Dd | Dt => matches!(self, Dd | Dt),
            Option => matches!(self, Option | Optgroup),
            Optgroup => self == Optgroup,
            Caption | Td | Th => matches!(self, Caption | Col | Colgroup | Td | Th | Tr | Tbody | Thead | Tfoot),
            Tr => matches!(self, Caption | Col | Colgroup | Tr | Tbody | Thead | Tfoot),
            Tbody | Thead | Tfoot => matches!(self, Caption | Col | Colgroup | Tbody | Thead | Tfoot),
            Colgroup => !matches!(self, Col | Template),
            A | Button => self == open,
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
        use Tag::{Body, Button, Caption, Html, Li, Menu, Object, Ol, P, Select, Table, Tbody, Td, Template, Tfoot, Th, Thead, Tr, Ul};
        let bounds = || matches!(self, Body | Caption | Html | Object | Select | Table | Td | Template | Th);
        match wanted {
            Li => matches!(self, Ul | Ol | Menu) || bounds(),
            Caption | Tr | Td | Th | Tbody | Thead | Tfoot => matches!(self, Table | Template | Html),
            Table => matches!(self, Html | Template),
            P => self == Button || bounds(),
            _ => bounds(),
        }
    }

    /// Whether a start tag does not end an element of this kind outside of this one: `<li><section><li>`.
    pub(super) fn shields_from_start(self, wanted: Self) -> bool {
        let list = matches!(wanted, Self::Li | Self::Dd | Self::Dt);
        self.shields(wanted) || list && self.is_special() && !matches!(self, Self::Address | Self::Div | Self::P)
    }

    /// What HTML calls special: elements that formatting does not reach across.
    pub(super) fn is_special(self) -> bool {
        use Tag::{Dialog, Label, Legend, Object, Optgroup, Option, Template};
        (self.is_block() || self.is_silent() && self != Self::Svg || matches!(self, Object | Template))
            && !matches!(self, Dialog | Label | Legend | Optgroup | Option)
    }
}
