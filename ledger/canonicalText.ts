/**
 * Characters that nobody sees and that carry no order number: soft hyphens, joiners, byte order marks, marks of direction,
 * variation selectors, tags. Default_Ignorable_Code_Point of Unicode 17 (which holds U+00AD and U+FEFF), and U+FFF9–FFFB,
 * the interlinear annotation. A literal list, because `\p{…}` would say something else under another version of Node: then
 * a paid order would get a new key.
 */
const INVISIBLE =
	/[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]/gu;

/**
 * More marks upon one letter than any language writes (Unicode's Stream-Safe Text Format, UAX #15). To bring 80,000 of them
 * into order takes seconds, so such a text is not normalized, and no key is made from it.
 */
const PILED_MARKS = /\p{M}{31}/u;

/** Whether so many marks stand upon one letter that a text cannot be brought into one spelling. */
export function hasPiledMarks(text: string): boolean {
	return PILED_MARKS.test(text);
}

/** One spelling for one text: without invisible characters, in Unicode NFC, without white space around it. */
export function canonicalText(text: string): string {
	let before = text;
	for (;;) {
		const after = normalized(before.replace(INVISIBLE, '')).trim();
		if (after === before) return after;
		before = after;
	}
}

/**
 * Latin, Greek, Cyrillic, and the punctuation and currency signs that stand beside them. In them no invisible character
 * carries meaning; elsewhere it joins emoji, chooses glyphs and keeps right-to-left text readable.
 */
const WITHOUT_JOINERS = /^[\0-\u052f\u1e00-\u1fff\u2000-\u206f\u20a0-\u20cf]*$/;

/**
 * A text as it is sent: in the canonical form where that changes nothing to be seen, so that an order number with an
 * invisible mark is the same parameter as without; as it is written, in NFC and trimmed, where it would.
 */
export function wireText(text: string): string {
	const canonical = canonicalText(text);
	return WITHOUT_JOINERS.test(canonical) ? canonical : normalized(text).trim();
}

function normalized(text: string): string {
	return hasPiledMarks(text) ? text : text.normalize('NFC');
}
