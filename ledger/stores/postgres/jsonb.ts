/**
 * Postgres refuses a zero byte and half of a surrogate pair in jsonb (postgresql.org/docs/current/datatype-json.html), and
 * both occur in what people type and systems cut off. Such a character is kept as a mark and its four hex digits; so is the
 * mark itself.
 */
const MARK = '\uf8fe';

/** In JSON text a backslash stands for itself (`\\`) or begins an escape; only escapes of what is refused are changed. */
const REFUSED = /\\\\|\\u(0000|d[89a-f][0-9a-f]{2})|\uf8fe/g;

const MARKED = /\uf8fe([0-9a-f]{4})/g;

/** @returns JSON text that jsonb takes */
export function toJsonb(value: unknown): string {
	const text = JSON.stringify(value);
	// Hardly any row has such a character, and a look costs much less than a replacement.
	if (!/\\u|\uf8fe/.test(text)) return text;
	return text.replace(REFUSED, (found, code?: string) => {
		if (found === MARK) return `${MARK}f8fe`;
		return code === undefined ? found : MARK + code;
	});
}

/** Undoes `toJsonb`; only the order of an object's fields is jsonb's own. */
export function fromJsonb(text: string): unknown {
	return JSON.parse(text.replace(MARKED, '\\u$1')) as unknown;
}
