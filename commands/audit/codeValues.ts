import { explainUnstable } from '../../nodes/shared/key/unstableValues';

/** How far a value is followed from one name to the next. */
const MAX_STEPS = 6;

/**
 * Why what code writes is another value in every run: `order_key: crypto.randomUUID()`, or by another name of the same code,
 * `const stamp = Date.now(); … order_key: "o-" + stamp`.
 *
 * @param field what it is written into: a field or a variable
 * @param code of JavaScript or Python
 */
export function explainInCode(field: string, code: string, steps = MAX_STEPS): string | undefined {
	if (!/^[\w$]+$/.test(field) || steps === 0) return undefined;
	for (const value of listValues(field, code)) {
		const why = explainUnstable(value) ?? explainNames(value, field, code, steps - 1);
		if (why !== undefined) return why;
	}
	return undefined;
}

/** What a value is made from: `stamp`, `stamp.toString()`, `makeKey()`, and `times.stamp` of an object in the same code. */
function explainNames(value: string, field: string, code: string, steps: number): string | undefined {
	// Each line of a body would be followed: only what is written in one place is.
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

/** `x.y` is what the object says of y; `x.y()` is made from x, unless x is an object itself. */
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

/** Whatever the code writes under a name: a value, the body of a function, or the module that it is taken out of. */
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

/** Up to the end of the value: what stands in brackets belongs to it, and a line goes on where nothing can end. */
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
