/**
 * Invisible characters that carry no meaning in an order number: soft hyphens, joiners, byte order marks, direction marks,
 * variation selectors and tags. This is Default_Ignorable_Code_Point of Unicode 17 (which includes U+00AD and U+FEFF), and
 * U+FFF9–FFFB, the interlinear annotation characters. The list is literal because `\p{…}` depends on the Node.js version, and a
 * different result would give a paid order a new key.
 */
const INVISIBLE_RANGES: readonly (readonly [from: number, to: number])[] = [
	...([
		[0x00ad, 0x00ad],
		[0x034f, 0x034f],
		[0x061c, 0x061c],
		[0x115f, 0x1160],
	] as const),
	...([
		[0x17b4, 0x17b5],
		[0x180b, 0x180f],
		[0x200b, 0x200f],
		[0x202a, 0x202e],
	] as const),
	...([
		[0x2060, 0x206f],
		[0x3164, 0x3164],
		[0xfe00, 0xfe0f],
		[0xfeff, 0xfeff],
	] as const),
	...([
		[0xffa0, 0xffa0],
		[0xfff0, 0xfffb],
		[0x1bca0, 0x1bca3],
		[0x1d173, 0x1d17a],
	] as const),
	[0xe0000, 0xe0fff],
];

const toCodePointEscape = (code: number) => `\\u{${code.toString(16)}}`;
const INVISIBLE = new RegExp(
	`[${INVISIBLE_RANGES.map(([from, to]) => `${toCodePointEscape(from)}-${toCodePointEscape(to)}`).join('')}]`,
	'gu',
);

/**
 * More combining marks on one letter than any language uses (Unicode's Stream-Safe Text Format, UAX #15). Normalizing 80,000 of
 * them takes seconds, so such a text is not normalized, and no key is derived from it.
 */
const STACKED_MARKS = /\p{M}{31}/u;

/** Returns whether one letter has more combining marks than can be normalized. */
export function hasStackedMarks(text: string): boolean {
	return STACKED_MARKS.test(text);
}

/** Returns the canonical form of a text: without invisible characters, in Unicode NFC, trimmed. */
export function toCanonicalText(text: string): string {
	let before = text;
	for (;;) {
		const after = normalize(before.replace(INVISIBLE, '')).trim();
		if (after === before) return after;
		before = after;
	}
}

/**
 * Latin, Greek and Cyrillic, with the punctuation and currency signs used with them. In these scripts an invisible character
 * carries no meaning; in others it joins emoji, selects glyphs, or keeps right-to-left text readable.
 */
const WITHOUT_JOINERS = /^[\0-\u052f\u1e00-\u1fff\u2000-\u206f\u20a0-\u20cf]*$/;

/**
 * Returns a text as it is sent. It is in canonical form if that changes nothing visible, so that an order number with an
 * invisible character is the same parameter as without it. Otherwise it is only trimmed and in NFC.
 */
export function toWireText(text: string): string {
	const canonical = toCanonicalText(text);
	return WITHOUT_JOINERS.test(canonical) ? canonical : normalize(text).trim();
}

function normalize(text: string): string {
	return hasStackedMarks(text) ? text : text.normalize('NFC');
}
