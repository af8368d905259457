//! The rules that a path can break, each with its code, its source, and words in both languages: what is wrong, what to do.

use serde::Serialize;
use yuandu_base::Lang;

macro_rules! rules {
    ($($(#[$doc:meta])* $name:ident, $code:literal, $source:literal, $zh:literal, $en:literal, $zh_do:literal, $en_do:literal;)*) => {
        /// A rule of path validation.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Rule { $($(#[$doc])* $name,)* }
        impl Rule {
            /// Every rule.
            pub const ALL: &'static [Rule] = &[$(Rule::$name,)*];
            /// Its stable code.
            #[must_use]
            pub fn code(self) -> &'static str { match self { $(Rule::$name => $code,)* } }
            /// Where it stands.
            #[must_use]
            pub fn source(self) -> &'static str { match self { $(Rule::$name => $source,)* } }
            /// What is wrong, in words.
            #[must_use]
            pub fn words(self, lang: Lang) -> &'static str { match self { $(Rule::$name => lang.pick($zh, $en),)* } }
            /// What to do.
            #[must_use]
            pub fn remedy(self, lang: Lang) -> &'static str { match self { $(Rule::$name => lang.pick($zh_do, $en_do),)* } }
        }
    };
}

rules! {
    /// Broken DER.
    Malformed, "malformed", "X.690; RFC 5280 4.1", "证书的编码有误，无法读取", "the certificate's encoding is broken", "向发证机构索取重新签发的证书；若文件在传输中损坏，请重新下载", "ask the authority to issue it again; if the file was damaged on its way, fetch it anew";
    /// No chain to an anchor.
    NoIssuer, "no_issuer", "RFC 5280 6.1", "找不到签发者：所给证书中没有能验证它的上级，也没有对应的信任锚", "no issuer was found: none of the given certificates can vouch for it, and no trust anchor does", "在证书链文件中补上中间证书，或在信任锚文件中加入您信任的根证书", "add the missing intermediate to the chain file, or the root you trust to the file of anchors";
    /// Too much work.
    TooComplex, "too_complex", "limit of this program", "证书之间的签发关系过于复杂，已停止查找", "the certificates can be joined in too many ways; the search was stopped", "只留下所需的中间证书后重试", "leave only the intermediates that are needed and try again";
    /// Wrong signature.
    Signature, "signature", "RFC 5280 6.1.3 (a)(1)", "签名与签发者的公钥不符", "the signature does not fit the issuer's key", "证书被改动过，或签发者的证书不是签发它的那一张；请用发证机构公布的中间证书", "the certificate was altered, or this is not the issuer's certificate that signed it; use the intermediate its authority publishes";
    /// Algorithms differ.
    AlgorithmMismatch, "algorithm_mismatch", "RFC 5280 4.1.1.2", "证书内外两处写的签名算法不同", "the signature algorithms inside and outside of the certificate differ", "要求重新签发", "have it issued again";
    /// Weak algorithm.
    WeakAlgorithm, "weak_algorithm", "CA/Browser Forum BR 7.1.3; NIST SP 800-131A", "签名算法已不安全或不允许用于此用途", "its signature algorithm is no longer safe, or not allowed for this purpose", "用 SHA-256 以上或 SM3 的签名重新签发", "have it issued again with SHA-256 or better, or SM3";
    /// Weak key.
    WeakKey, "weak_key", "CA/Browser Forum BR 6.1.5; NIST SP 800-131A", "密钥太短、种类不允许或不能识别", "its key is too short, of a kind that is not allowed, or not understood", "换用 RSA 2048 位以上、P-256、P-384、P-521、Ed25519 或 SM2 密钥", "take a key of RSA 2048 or more, P-256, P-384, P-521, Ed25519 or SM2";
    /// Not yet valid.
    NotYetValid, "not_yet_valid", "RFC 5280 6.1.3 (a)(2)", "证书尚未生效", "the certificate is not yet valid", "核对时钟与所问的时刻；若都正确，等到生效之日", "check the clock and the time asked about; if both are right, wait for the day";
    /// Expired.
    Expired, "expired", "RFC 5280 6.1.3 (a)(2)", "证书已过期", "the certificate has expired", "核对时钟；若正确，续期或换用新证书", "check the clock; if it is right, renew the certificate";
    /// Version.
    Version, "version", "RFC 5280 4.1.2.1", "不是第 3 版证书", "it is not a certificate of version 3", "要求按第 3 版重新签发", "have it issued again as version 3";
    /// Serial number.
    Serial, "serial", "RFC 5280 4.1.2.2", "序列号为零、为负或超过 20 字节", "its serial number is zero, negative or longer than 20 bytes", "要求换用合规的序列号重新签发", "have it issued again with a proper serial number";
    /// Empty issuer.
    EmptyIssuer, "empty_issuer", "RFC 5280 4.1.2.4", "签发者名称为空", "its issuer's name is empty", "要求重新签发", "have it issued again";
    /// Empty subject.
    EmptySubject, "empty_subject", "RFC 5280 4.1.2.6", "主体名称为空：机构证书不得为空；其他证书须有标为关键的主体备用名称", "its subject is empty: an authority's must not be, another's needs a critical subject alternative name", "要求填写主体名称后重新签发", "have it issued again with a subject";
    /// Duplicate extension.
    DuplicateExtension, "duplicate_extension", "RFC 5280 4.2", "同一扩展出现两次", "an extension stands in it twice", "要求重新签发", "have it issued again";
    /// Unknown critical extension.
    UnknownCritical, "unknown_critical_extension", "RFC 5280 4.2", "含有本程序不认识的关键扩展", "it has a critical extension that is not understood here", "该证书只能由认识此扩展的程序使用；换用不含它的证书", "only programs that understand the extension may use it; take a certificate without it";
    /// Criticality.
    Criticality, "criticality", "RFC 5280 4.2.1", "扩展是否关键的标记不合规定", "an extension is marked critical that must not be, or the other way round", "要求重新签发", "have it issued again";
    /// AKI.
    AuthorityKeyId, "authority_key_id", "RFC 5280 4.2.1.1; CA/Browser Forum BR 7.1.2", "颁发机构密钥标识缺失或不合规定", "its authority key identifier is missing or not as it must be", "要求重新签发", "have it issued again";
    /// SKI.
    SubjectKeyId, "subject_key_id", "RFC 5280 4.2.1.2", "机构证书缺少主体密钥标识", "an authority's certificate lacks the subject key identifier", "要求重新签发", "have it issued again";
    /// Not a CA.
    NotCa, "not_ca", "RFC 5280 6.1.4 (k)", "它不是机构证书，不能签发证书", "it is not an authority's certificate and may not issue any", "请核对证书链：用真正签发者的证书", "check the chain: take the certificate of the real issuer";
    /// keyCertSign.
    CertSign, "cert_sign", "RFC 5280 4.2.1.3, 6.1.4 (n)", "密钥用途与基本约束不一致：签发证书须有 keyCertSign，反之须为机构证书", "key usage and basic constraints do not agree: issuing needs keyCertSign, and keyCertSign an authority", "要求重新签发", "have it issued again";
    /// Path length.
    PathLength, "path_length", "RFC 5280 4.2.1.9, 6.1.4 (l)", "其下的中间机构多于允许的级数", "more authorities stand below it than it allows", "由级数足够的机构签发", "have it issued by an authority that allows the depth";
    /// Key usage.
    KeyUsage, "key_usage", "RFC 5280 4.2.1.3", "密钥用途不允许这样使用", "its key usage does not allow this", "申请用途相符的证书", "ask for a certificate with the right key usage";
    /// EKU.
    ExtKeyUsage, "ext_key_usage", "RFC 5280 4.2.1.12; CA/Browser Forum BR 7.1.2.7.10", "扩展密钥用途不含所需的用途，或含有不相容的用途", "its extended key usage lacks the purpose, or has one that does not go with it", "申请用途相符的证书", "ask for a certificate of the right purpose";
    /// Name.
    PeerName, "name", "RFC 9525; RFC 5280 4.2.1.6", "证书不是发给这个名称的", "the certificate is not for this name", "用证书中的名称访问，或申请含有该名称的证书（只看主体备用名称，不看通用名）", "use a name that stands in it, or ask for one with this name (subject alternative names count, the common name does not)";
    /// Common name.
    CommonName, "common_name", "CA/Browser Forum BR 7.1.4.3", "通用名与主体备用名称写法不一致", "its common name is not written as its alternative names are", "要求重新签发", "have it issued again";
    /// SAN.
    AlternativeName, "alternative_name", "RFC 5280 4.2.1.6; CA/Browser Forum BR 7.1.2.7.12", "主体备用名称缺失或不合规定", "its subject alternative name is missing or not as it must be", "要求重新签发", "have it issued again";
    /// Name constraints.
    NameConstraints, "name_constraints", "RFC 5280 4.2.1.10, 6.1.3 (b)(c)", "其名称不在上级机构获准签发的范围内", "a name in it lies outside what an authority above it may issue for", "由获准的机构签发", "have it issued by an authority that may";
    /// Name constraints in EE.
    ConstraintsInLeaf, "constraints_in_leaf", "RFC 5280 4.2.1.10", "名称约束只能出现在机构证书中", "name constraints may stand only in an authority's certificate", "要求重新签发", "have it issued again";
    /// Policies.
    Policy, "policy", "RFC 5280 6.1.3 (d)-(f), 6.1.5", "要求有共同认可的证书策略，而证书链上没有", "a policy that all of the chain holds to is required, and there is none", "由执行所需策略的机构签发", "have it issued under the policy that is required";
    /// Policy mapping.
    PolicyMapping, "policy_mapping", "RFC 5280 6.1.4 (a)", "策略映射不得涉及任意策略", "a policy is mapped from or to anyPolicy", "要求重新签发该机构证书", "have the authority's certificate issued again";
    /// Revoked.
    Revoked, "revoked", "RFC 5280 6.3", "证书已被吊销", "the certificate was revoked", "不要再用；向其持有者索取新证书", "do not use it any more; ask its holder for a new one";
    /// Revocation unknown.
    RevocationUnknown, "revocation_unknown", "RFC 5280 6.3.3", "所给吊销列表不能确定它是否被吊销", "the given lists do not tell whether it was revoked", "取得其签发者最新的吊销列表后重试", "fetch the issuer's present list and try again";
}

/// A broken rule of one certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule.
    pub rule: Rule,
    /// The certificate, in words.
    pub certificate: String,
    /// What exactly; names, dates and numbers, the same in both languages.
    pub detail: String,
}

impl Finding {
    /// A finding.
    #[must_use]
    pub fn new(rule: Rule, certificate: impl ToString, detail: impl Into<String>) -> Self {
        Self {
            rule,
            certificate: certificate.to_string(),
            detail: detail.into(),
        }
    }

    /// All of it, in sentences.
    #[must_use]
    pub fn words(&self, lang: Lang) -> String {
        let Self {
            rule,
            certificate,
            detail,
        } = self;
        let detail = match (detail.is_empty(), lang) {
            (true, _) => String::new(),
            (false, Lang::Zh) => format!("（{detail}）"),
            (false, Lang::En) => format!(" ({detail})"),
        };
        let (words, remedy, source) = (rule.words(lang), rule.remedy(lang), rule.source());
        match lang {
            Lang::Zh => format!("证书“{certificate}”：{words}{detail}。{remedy}。依据：{source}"),
            Lang::En => {
                format!("certificate `{certificate}`: {words}{detail}; {remedy}; rule: {source}")
            }
        }
    }

    /// For machines.
    #[must_use]
    pub fn view(&self) -> FindingView {
        FindingView {
            rule: self.rule.code(),
            source: self.rule.source(),
            certificate: self.certificate.clone(),
            detail: self.detail.clone(),
            zh: self.words(Lang::Zh),
            en: self.words(Lang::En),
        }
    }
}

/// A finding as JSON.
#[derive(Debug, Clone, Serialize)]
pub struct FindingView {
    /// The rule's code.
    pub rule: &'static str,
    /// Where the rule stands.
    pub source: &'static str,
    /// Which certificate.
    pub certificate: String,
    /// What exactly.
    pub detail: String,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}
