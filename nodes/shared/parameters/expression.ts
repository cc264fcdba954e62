/** Evaluates a single expression for the item: `{{ $json.amount }}`. */
export type Evaluate = (expression: string) => unknown;

/** Returns whether a value is an expression: n8n marks it with a leading equals sign. */
export function isExpression(written: unknown): written is string {
	return typeof written === 'string' && written.startsWith('=');
}

/** A part of an expression, as n8n's own splitter returns it: plain text, or code between braces. */
export interface Piece {
	kind: 'text' | 'code';
	source: string;
}

/** Splits an expression into its parts. Like in n8n, braces after a backslash are plain text. */
export function splitExpression(expression: string): Piece[] {
	const pieces: Piece[] = [];
	let [kind, from, at]: [Piece['kind'], number, number] = ['text', 1, 1];
	for (;;) {
		at = expression.indexOf(kind === 'text' ? '{{' : '}}', at);
		const source = expression.slice(from, at === -1 ? undefined : at);
		if (at !== -1 && isEscaped(expression, at)) {
			at += 2;
			continue;
		}
		if (source !== '' || kind === 'code') pieces.push({ kind, source });
		if (at === -1) return pieces;
		kind = kind === 'text' ? 'code' : 'text';
		at += 2;
		from = at;
	}
}

function isEscaped(text: string, at: number): boolean {
	let backslashes = 0;
	while (text[at - 1 - backslashes] === '\\') backslashes += 1;
	return backslashes % 2 === 1;
}

/** Returns the code of an expression that is a single part. Its value keeps its type. */
export function getWholeCode(expression: string): string | undefined {
	const [piece, ...others] = splitExpression(expression);
	return piece?.kind === 'code' && others.length === 0 ? piece.source.trim() : undefined;
}

const NAME = String.raw`[A-Za-z_$][\w$]*`;
const QUOTED = String.raw`"(?:[^"\\]|\\.)*(?:"|$)|'(?:[^'\\]|\\.)*(?:'|$)`;
const MEMBER_ACCESS = String.raw`\??\.${NAME}(?:\(\))?|(?:\?\.)?\[(?:${QUOTED}|\d+)\]`;
const ROOT = String.raw`\$(?:json|vars|env|input|node|thisItem|fromAI|jmes[pP]ath\([^()]*\)|(?:items)?\((?:${QUOTED})?[^()]*\))`;

/** Quoted strings and comments are single tokens. Object keys and braces show in which part of an object a field is used. */
const TOKENS = new RegExp(
	String.raw`/\*.*?(?:\*/|$)|(?<=^|\s)//[^\n]*|(?<field>${ROOT}(?:${MEMBER_ACCESS})*)|(?<key>(?:${QUOTED}|(?<![\w$])${NAME}(?![\w$]))(?=\s*:))|${QUOTED}|(?<brace>[{},])`,
	'gs',
);

/** A reference to a field in code, and the keys of the object literals around it. */
export interface Reference {
	/** As written: `$json.customer.id`. */
	field: string;
	path: string[];
}

/** Finds the fields that code references, each once per place. */
export function findReferences(code: string): Reference[] {
	const references: Reference[] = [];
	const path: string[] = [];
	for (const match of code.matchAll(TOKENS)) {
		const { field, key, brace } = match.groups ?? {};
		if (key !== undefined && path.length > 0) path[path.length - 1] = key.replace(/^["']|["']$/g, '');
		if (brace === '{') path.push('');
		if (brace === '}') path.pop();
		if (field === undefined) continue;
		const reference = stripCall(field, code[match.index + field.length]);
		if (isDataReference(reference)) references.push({ field: reference, path: path.filter(Boolean) });
	}
	return references;
}

/** `$json.name.slice(0, 3)` references the field `$json.name`. */
function stripCall(field: string, next: string | undefined): string {
	return next === '(' ? field.replace(/\??\.[\w$]+$/, '') : field;
}

/** `$json` itself, or a node, always exists. Only the fields after it may be missing. */
function isDataReference(field: string): boolean {
	return /^\$(?:json|vars|env)[?.[]|^\$jmes/i.test(field) || /\.json[?.[]/.test(field);
}

/** Operators and keywords with which an expression handles a missing field. */
const CONDITION =
	/\?(?!\.)|&&|\|\||!|==|(?<!=)[<>]|\b(?:typeof|in|if|Boolean)\b|\$if|[iI]sEmpty|[iI]sNotEmpty|ifEmpty/;

/** Returns whether code handles missing fields itself. Without a condition, each referenced field is required. */
export function hasCondition(code: string): boolean {
	return CONDITION.test(stripQuotes(code));
}

/** Removes quoted strings from code, so that only operations remain. */
export function stripQuotes(code: string): string {
	return code.replace(new RegExp(QUOTED, 'gs'), '""');
}

const REGULAR_EXPRESSION = /([(,=:]\s{0,9})\/(?:\\.|[^/\\\n])+\/[a-z]*/g;

/** Returns code without the contents of its texts and regular expressions. */
export function stripContents(code: string): string {
	return stripQuotes(code).replace(REGULAR_EXPRESSION, '$1""');
}

/**
 * Returns whether code concatenates a string, so that its parts cannot be checked one by one. A plus sign between numbers adds
 * them.
 *
 * @param value the value of the code
 */
export function isConcatenation(code: string, value: unknown): boolean {
	const bare = stripContents(code);
	if (/\.(?:concat|join)\b/.test(bare)) return true;
	if (bare.includes('`') && bare.includes('${')) return true;
	return bare.includes('+') && typeof value !== 'number';
}
