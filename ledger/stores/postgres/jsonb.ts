/**
 * jsonb refuses NUL and lone surrogates (postgresql.org/docs/current/datatype-json.html), and both occur in typed and truncated
 * text. Such a character is stored as this mark and its four hex digits. So is the mark itself.
 */
const MARK = '\uf8fe';

/**
 * In JSON text, a backslash either is escaped itself (`\\`) or begins an escape. Only escapes of refused characters are
 * changed.
 */
const REFUSED = /\\\\|\\u(0000|d[89a-f][0-9a-f]{2})|\uf8fe/g;

const MARKED = /\uf8fe([0-9a-f]{4})/g;

/** @returns JSON text that jsonb accepts */
export function toJsonb(value: unknown): string {
	const text = JSON.stringify(value);
	// Hardly any row has such a character, and a test costs much less than a replacement.
	if (!/\\u|\uf8fe/.test(text)) return text;
	return text.replace(REFUSED, (found, code?: string) => {
		if (found === MARK) return `${MARK}f8fe`;
		return code === undefined ? found : MARK + code;
	});
}

/** Undoes `toJsonb`. Only the order of object fields is that of jsonb. */
export function fromJsonb(text: string): unknown {
	return JSON.parse(text.replace(MARKED, '\\u$1')) as unknown;
}
