import { toCanonicalText } from '../model/canonicalText';

/** Why a text is unusable. */
export type UnusableTextKind =
	/** Empty, white space, or punctuation only. */
	| 'blank'
	/** A word that a program writes for a missing value. */
	| 'word'
	/** A spreadsheet's error for a formula without a result. */
	| 'spreadsheet_error'
	/** A long number that a spreadsheet has reduced to its first digits. */
	| 'scientific'
	/** An expression, a template or a formula that was not evaluated. */
	| 'not_evaluated'
	/** An invisible control character, which a scanner or a copied text leaves beside what it says. */
	| 'control_character'
	/** A composed text with an unusable part. */
	| 'part';

/** How JavaScript, Python, SQL, Go, Lua and their data frames write a missing value. */
const WORDS =
	/^(?:undefined|null|none|nan|nil|n\/a|n\. ?a\.|k\. ?a\.|<na>|<null>|<nil>|\(null\)|\[object [^\]]*\]|invalid date(?:time)?)$/i;

/** How JavaScript and Python write a function or an object that was to be called or awaited: the same for every order. */
const CODE =
	/^(?:promise \{.*\}|\[(?:async)?(?:generator)?function\b.*\]|\[(?:circular|native code)\b.*\]|symbol\(.*\)|<(?:function|built-in|bound method|coroutine|generator)\b.*>|<[\w.]+ object at 0x[\da-f]+>|function\b[^(]*\(.*\) ?\{.*\}|(?:async )?(?:\([\w ,]*\)|\w+) ?=>.*)$/is;
const MAX_CODE_LENGTH = 2_000;

/** Words that mean nothing only in brackets, as in reports and exports. */
const BRACKETED_WORDS = /^[[(<{](?:blank|empty|missing|no value|not set|unset)[\])>}]$/i;

/** The default of a GUID, and the same within a text. */
const NIL_UUID = /^0{8}-?(?:0{4}-?){3}0{12}$/;
const NIL_UUID_INSIDE = /(?:^|[^\da-f])0{8}-0{4}-0{4}-0{4}-0{12}(?=$|[^\da-f])/i;

/** The zero of a database, .NET, Go, a spreadsheet and Unix, as a date or a time. No payment has it. */
const ZERO_DATE =
	/^(?:0000-00-00|0001-01-01|1899-12-3[01]|1970-01-01)(?:[T ]00:00(?::00(?:\.0{1,9})?)?(?:Z| ?[+-]00:?00(?: UTC)?)?)?$/i;

/** The same as people's locales write it, and a spreadsheet's cell with the number 0. */
const ZERO_DATE_OF_LOCALE =
	/^(?:0?1[./-]0?1[./-](?:0001|1970)|(?:0?1[./-]00?|00?[./-]0?1)[./-]1900|1900-01-00|12[./-]3[01][./-]1899|3[01][./-]12[./-]1899)(?:,? (?:00?|12):00(?::00)?(?: ?AM)?)?$/i;

/** What `pandas` writes for a missing time, and the result of a division by zero. Case-sensitive, because Nat is a name. */
const EXACT_WORDS = new Set(['NaT', 'Infinity', '-Infinity']);

/** No letters, digits or pictographs: `-`, `""`, `{}`, `???`, control and replacement characters. */
const PUNCTUATION_ONLY =
	// eslint-disable-next-line no-control-regex
	/^[\s\u0000-\u001f!-/:-@[-`{-~\u007f-\u009f\u00a1-\u00bf\ufffd\u2010-\u2027\u2030-\u205e]*$/;

/**
 * Errors of Excel, Google Sheets and LibreOffice in any language: `#REF!`, `#NAME?`, `#WERT!`, `#ЗНАЧ!`, `#N/A`, `#NV`, `#N/D`,
 * `Err:502`, and the hashes of a column that is too narrow.
 */
const SPREADSHEET_ERROR =
	/^(?:#[^\s#]{1,20}[!?]|#(?:n\/a|n\/a n\/a|nv|n\/d|n\/b|i\/t|н\/д|yok|hiányzik|n\/disp|getting_data)|#+|err:\d{3}|loading\.\.\.)$/i;

/** `1.23457E+11`, `1,23457E+11`, `4E-07`: the same number for every order number with the same first digits. */
const SCIENTIFIC = /^[+-]?\d{1,3}(?:[.,]\d+e[+-]?|e[+-])\d{1,3}$/i;

/** An unevaluated expression or template, or an n8n variable without its braces. */
const NOT_EVALUATED =
	/^=|\$\{|\$(?:json|input|node|item|items|binary|now|today|execution|workflow)\b|\$\(['"]/;

/** The same in the notation of other programs: EJS, Jinja, Ruby, Logic Apps, Python, mail programs. */
const OTHER_TEMPLATE =
	/<%[^%]*%>|\{%[^%]*%\}|[#@]\{[^}]*\}|%\([A-Za-z_]\w*\)[sdif]|\*\|[A-Z_:]+\|\*|^%?%[A-Za-z_]+%%?$|^\{(?:\d|[A-Za-z_]+)\}$|^\[\[[A-Za-z_. ]+\]\]$|^%[sdif]$/;

/** Words that do not occur in this spelling within a meaningful text. */
const WORD_INSIDE =
	/(?:^|[^\p{L}\p{N}])(?:NaN|NaT|Invalid Date(?:Time)?)(?=$|[^\p{L}\p{N}])|(?<!\p{L})undefined(?!\p{L})|\[object [A-Z]\w*\]|^(?:null|None)\d+$|^\d+(?:null|None)$/u;
const SPREADSHEET_ERROR_INSIDE =
	/(?:^|[^\p{L}\p{N}])#(?:[\p{Lu}¡¿][\p{Lu}/0¡¿]{1,19}[!?]|N\/A|NV|N\/D)(?=$|[^\p{L}\p{N}])/u;

/** Words that may also be names, between separators that a program composes texts with. */
const UNUSABLE_PART =
	/(?:^|[-_|:;,+#~/ ])(?:null|<nil>|<NA>|\(null\))(?=$|[-_|:;,+#~/ ])|(?:^|[-_|:;,+#~/])(?:None|NULL|nan)(?=$|[-_|:;,+#~/])/;

/** An empty part before the first separator, or after the last one. A number may be negative. */
const EMPTY_EDGE = /^(?:[_|:;,~]|-(?!\d+(?:\.\d+)?$))|[-_|:;,~]$/;

/** C0, DEL and C1 without white space: `1001` with one of them would be another payment than `1001`, and look the same. */
// eslint-disable-next-line no-control-regex
const CONTROL_CHARACTER = /[\u0000-\u0008\u000e-\u001f\u007f-\u009f]/;

/** Base64url and nanoid may end in any of their 64 characters: in 20 or more of them it is not a separator. */
const RANDOM_ID = /^(?![a-z]+_)(?=.*[a-z])(?=.*[A-Z])(?=.*\d)[\w-]{20,}$/;

/**
 * Returns why a text is unusable as the value of one field; undefined if it is usable. This is the only rule for empty results
 * of spreadsheets, programs and expressions.
 */
export function detectUnusableText(
	text: string,
): Exclude<UnusableTextKind, 'control_character' | 'part'> | undefined {
	const canonical = toCanonicalText(text);
	if (isWord(canonical)) return 'word';
	if (SPREADSHEET_ERROR.test(canonical)) return 'spreadsheet_error';
	if (PUNCTUATION_ONLY.test(canonical)) return 'blank';
	if (SCIENTIFIC.test(canonical)) return 'scientific';
	return isNotEvaluated(canonical) ? 'not_evaluated' : undefined;
}

/**
 * Like `detectUnusableText`, for a text that identifies a business decision. The text may be composed, so each of its parts has
 * to be usable: `cus_1-` and `cus_1-undefined` would be one payment for all invoices of that customer.
 */
export function detectUnusableKeyText(text: string): UnusableTextKind | undefined {
	const canonical = toCanonicalText(text);
	const whole = detectUnusableText(canonical);
	if (whole) return whole;
	if (CONTROL_CHARACTER.test(canonical)) return 'control_character';
	if (ZERO_DATE.test(canonical) || ZERO_DATE_OF_LOCALE.test(canonical)) return 'word';
	const isPart =
		WORD_INSIDE.test(canonical) ||
		SPREADSHEET_ERROR_INSIDE.test(canonical) ||
		NIL_UUID_INSIDE.test(canonical) ||
		UNUSABLE_PART.test(canonical) ||
		(EMPTY_EDGE.test(canonical) && !RANDOM_ID.test(canonical));
	return isPart ? 'part' : undefined;
}

function isWord(text: string): boolean {
	if (BRACKETED_WORDS.test(text) || (text.length <= MAX_CODE_LENGTH && CODE.test(text))) return true;
	return [text, unwrap(text)].some(
		(word) => WORDS.test(word) || EXACT_WORDS.has(word) || NIL_UUID.test(word),
	);
}

/** Longer than any word with its quotes and brackets. */
const MAX_WRAPPED_LENGTH = 60;
const PAIRS = new Set(['""', "''", '``', '()', '[]', '{}', '<>', '“”', '„“', '‘’', '«»']);

/** Removes the quotes and brackets around a word: `"null"`, `[null]`. */
function unwrap(text: string): string {
	if (text.length > MAX_WRAPPED_LENGTH) return text;
	let inner = text;
	while (inner.length > 2 && PAIRS.has(inner.charAt(0) + inner.charAt(inner.length - 1)))
		inner = inner.slice(1, -1).trim();
	return inner;
}

function isNotEvaluated(text: string): boolean {
	const opens = text.indexOf('{{');
	return NOT_EVALUATED.test(text) || isOtherTemplate(text) || (opens >= 0 && text.includes('}}', opens));
}

function isOtherTemplate(text: string): boolean {
	return text.length <= MAX_CODE_LENGTH && OTHER_TEMPLATE.test(text);
}
