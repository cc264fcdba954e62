import { explainUnstable } from '../../nodes/shared/key/unstableValues';

/** How many assignments back a value is traced. */
const MAX_STEPS = 6;

/**
 * Explains why code writes a different value in every run: `order_key: crypto.randomUUID()`, or through another variable,
 * `const stamp = Date.now(); … order_key: "o-" + stamp`.
 *
 * @param field the field or variable that it is written to
 * @param code in JavaScript or Python
 */
export function explainInCode(field: string, code: string, steps = MAX_STEPS): string | undefined {
	if (!/^[\w$]+$/.test(field) || steps === 0) return undefined;
	for (const value of listValues(field, code)) {
		const why = explainUnstable(value) ?? explainNames(value, field, code, steps - 1);
		if (why !== undefined) return why;
	}
	return undefined;
}

/** Traces the names in a value: `stamp`, `stamp.toString()`, `makeKey()`, and `times.stamp` of an object in the same code. */
function explainNames(value: string, field: string, code: string, steps: number): string | undefined {
	// Without the contents of strings, because names in them are not variables.
	const bare = value.replace(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g, '""');
	for (const [, name = '', member, call] of bare.matchAll(
		/(?<![\w$.])([A-Za-z_$][\w$]*)(?:\??\.([\w$]+)(\s*\()?)?(?!\s*:)/g,
	)) {
		if (name === field) continue;
		const why =
			member === undefined
				? explainInCode(name, code, steps)
				: explainMember(name, member, call !== undefined, code, steps);
		if (why !== undefined) return why;
	}
	return undefined;
}

/** `x.y` is a field of the object x. `x.y()` is computed from x, unless x is an object literal. */
function explainMember(
	name: string,
	member: string,
	isCalled: boolean,
	code: string,
	steps: number,
): string | undefined {
	for (const value of listValues(name, code)) {
		const isObject = /^\s*[[{(]/.test(value);
		const why = isObject
			? explainInCode(member, value, steps)
			: isCalled
				? (explainUnstable(value) ?? explainNames(value, name, code, steps - 1))
				: undefined;
		if (why !== undefined) return why;
	}
	return undefined;
}

/** Returns everything that the code assigns to a name: a value, the body of a function, or the module it is imported from. */
function listValues(name: string, code: string): string[] {
	const escaped = name.replaceAll('$', '\\$');
	const written = new RegExp(`(?<![\\w$])${escaped}["']?\\]?\\s*[:=](?![=>])`, 'g');
	const imported = new RegExp(
		`\\{[^{}]*(?<![\\w$])${escaped}(?![\\w$])[^{}]*\\}\\s*=|\\bfrom\\s+[\\w.]+\\s+import\\b[^\\n]*(?<![\\w$])${escaped}(?![\\w$])|\\bimport\\b[^;\\n]*(?<![\\w$])${escaped}(?![\\w$])[^;\\n]*\\bfrom\\b`,
		'g',
	);
	const body = new RegExp(`\\b(?:function|def)\\s+${escaped}(?![\\w$])[^]*?(?=\\n\\S|$)`, 'g');
	return [
		...[...code.matchAll(written)].map(({ index, 0: begin }) => readValue(code, index + begin.length)),
		...[...code.matchAll(imported)].map(({ index, 0: begin }) =>
			begin.endsWith('=')
				? readValue(code, index + begin.length)
				: begin + readValue(code, index + begin.length),
		),
		...[...code.matchAll(body)].map(([text]) => text),
	];
}

/** Returns the text up to the end of the value. Brackets are kept whole, and a line continues after an operator. */
function readValue(code: string, from: number): string {
	let open = 0;
	for (let at = from; at < code.length; at += 1) {
		const sign = code[at] ?? '';
		if ('([{'.includes(sign)) open += 1;
		if (')]}'.includes(sign) && --open < 0) return code.slice(from, at);
		if (open > 0) continue;
		if (sign === ',' || sign === ';') return code.slice(from, at);
		if (sign === '\n' && !goesOn(code.slice(from, at), code.slice(at))) return code.slice(from, at);
	}
	return code.slice(from);
}

function goesOn(line: string, rest: string): boolean {
	return /(?:^|[-+*/%&|?:=.<>])\s*$/.test(line) || /^\s*[-+*/%&|?:.]/.test(rest);
}
