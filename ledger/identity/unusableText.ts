import { toCanonicalText } from '../model/canonicalText';

/** In which way a text says nothing. */
export type UnusableTextKind =
	/** Nothing, white space, or signs alone. */
	| 'blank'
	/** A word that a program writes where a value was missing. */
	| 'word'
	/** What a spreadsheet shows where a formula has no result. */
	| 'spreadsheet_error'
	/** A long number of which a spreadsheet kept the first digits only. */
	| 'scientific'
	/** An expression, a template or a formula that nobody has evaluated. */
	| 'not_evaluated'
	/** It is put together, and one of its parts says nothing. */
	| 'part';

/** JavaScript, Python, SQL, Go, Lua and their data frames, each as it writes a missing value. */
const WORDS =
	/^(?:undefined|null|none|nan|nil|n\/a|<na>|<null>|<nil>|\(null\)|\[object [^\]]*\]|invalid date(?:time)?)$/i;

/** What `pandas` writes for a missing time, and the result of a division by zero: as it is written, since Nat is a name. */
const EXACT_WORDS = new Set(['NaT', 'Infinity', '-Infinity']);

/** Neither a letter nor a digit nor a picture: `-`, `""`, `{}`, `???`. */
const SIGNS_ALONE = /^[\s!-/:-@[-`{-~\u00a1-\u00bf\u2010-\u2027\u2030-\u205e]*$/;

/**
 * Excel, Google Sheets and LibreOffice in any language: `#REF!`, `#NAME?`, `#WERT!`, `#ЗНАЧ!`, `#N/A`, `#NV`, `#N/D`,
 * `Err:502`, and the hashes of a column that is too narrow.
 */
const SPREADSHEET_ERROR =
	/^(?:#[^\s#]{1,20}[!?]|#(?:n\/a|n\/a n\/a|nv|n\/d|n\/b|i\/t|н\/д|yok|hiányzik|n\/disp|getting_data)|#+|err:\d{3}|loading\.\.\.)$/i;

/** `1.23457E+11`, `1,23457E+11`, `4E-07`: one number for every order number that begins alike. */
const SCIENTIFIC = /^[+-]?\d{1,3}(?:[.,]\d+e[+-]?|e[+-])\d{1,3}$/i;

/** An expression or a template that stands there as it was written, and a variable of n8n without its braces. */
const NOT_EVALUATED =
	/^=|\$\{|\$(?:json|input|node|item|items|binary|now|today|execution|workflow)\b|\$\(['"]/;

/** Words that nobody writes like this inside of a text that says something. */
const WORD_INSIDE =
	/(?:^|[^\p{L}\p{N}])(?:undefined|NaN|NaT|\[object [A-Z]\w*\]|Invalid Date(?:Time)?)(?=$|[^\p{L}\p{N}])/u;
const SPREADSHEET_ERROR_INSIDE =
	/(?:^|[^\p{L}\p{N}])#(?:[\p{Lu}¡¿][\p{Lu}/0¡¿]{1,19}[!?]|N\/A|NV|N\/D)(?=$|[^\p{L}\p{N}])/u;

/** Words that are names too, where they stand between signs that a program puts texts together with. */
const UNUSABLE_PART =
	/(?:^|[-_|:;,+#~/ ])(?:null|<nil>|\(null\))(?=$|[-_|:;,+#~/ ])|(?:^|[-_|:;,+#~/])None(?=$|[-_|:;,+#~/])/;

/** Nothing stands before the first such sign, or behind the last. A number may be negative. */
const AT_AN_EDGE = /^(?:[_|:;,~]|-(?!\d+(?:\.\d+)?$))|[-_|:;,~]$/;

/** Base64url and nanoid end in any of their 64 characters: 20 or more of them are no glue. */
const RANDOM_ID = /^(?![a-z]+_)(?=.*[a-z])(?=.*[A-Z])(?=.*\d)[\w-]{20,}$/;

/**
 * In which way a text says nothing, as the value of one field; undefined for a text that says something. The one rule for
 * whatever comes out of a spreadsheet, a program or an expression that found nothing.
 */
export function detectUnusableText(text: string): Exclude<UnusableTextKind, 'part'> | undefined {
	const bare = toCanonicalText(text);
	if (WORDS.test(bare) || EXACT_WORDS.has(bare)) return 'word';
	if (SPREADSHEET_ERROR.test(bare)) return 'spreadsheet_error';
	if (SIGNS_ALONE.test(bare)) return 'blank';
	if (SCIENTIFIC.test(bare)) return 'scientific';
	return isNotEvaluated(bare) ? 'not_evaluated' : undefined;
}

/**
 * The same of a text that names a business decision: it may have been put together before it came here, and then each of
 * its parts has to say something. `cus_1-` and `cus_1-undefined` would be one payment for all invoices of that customer.
 */
export function detectUnusableKeyText(text: string): UnusableTextKind | undefined {
	const bare = toCanonicalText(text);
	const whole = detectUnusableText(bare);
	if (whole) return whole;
	const isPart =
		WORD_INSIDE.test(bare) ||
		SPREADSHEET_ERROR_INSIDE.test(bare) ||
		UNUSABLE_PART.test(bare) ||
		(AT_AN_EDGE.test(bare) && !RANDOM_ID.test(bare));
	return isPart ? 'part' : undefined;
}

function isNotEvaluated(text: string): boolean {
	const opens = text.indexOf('{{');
	return NOT_EVALUATED.test(text) || (opens >= 0 && text.includes('}}', opens));
}
