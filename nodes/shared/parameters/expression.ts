/** Whether it was written as an expression: n8n marks one by an equals sign in front. */
export function isExpression(written: unknown): written is string {
	return typeof written === 'string' && written.startsWith('=');
}

/** A piece of an expression as n8n's own splitter makes them: text as it stands, or code between braces. */
export interface Piece {
	kind: 'text' | 'code';
	source: string;
}

/** The pieces of an expression in their order. Braces behind a backslash are text, as they are for n8n. */
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

/** The code of an expression that is one piece and nothing else: its value is the parameter's, of whatever type. */
export function getWholeCode(expression: string): string | undefined {
	const [piece, ...others] = splitExpression(expression);
	return piece?.kind === 'code' && others.length === 0 ? piece.source.trim() : undefined;
}

const NAME = String.raw`[A-Za-z_$][\w$]*`;
const QUOTED = String.raw`"(?:[^"\\]|\\.)*(?:"|$)|'(?:[^'\\]|\\.)*(?:'|$)`;
const MEMBER_ACCESS = String.raw`\??\.${NAME}(?:\(\))?|(?:\?\.)?\[(?:${QUOTED}|\d+)\]`;
const ROOT = String.raw`\$(?:json|vars|env|input|node|fromAI|(?:items)?\((?:${QUOTED})[^()]*\))`;

/** Quoted texts and comments are stepped over whole; keys of objects and braces tell where in an object a field is used. */
const TOKENS = new RegExp(
	String.raw`/\*.*?(?:\*/|$)|(?<=^|\s)//[^\n]*|(?<field>${ROOT}(?:${MEMBER_ACCESS})*)|(?<key>(?:${QUOTED}|(?<![\w$])${NAME}(?![\w$]))(?=\s*:))|${QUOTED}|(?<brace>[{},])`,
	'gs',
);

/** A field of the data that code names, and the keys of the object literals that it stands in. */
export interface Reference {
	/** As it is written: `$json.customer.id`. */
	field: string;
	path: string[];
}

/** The fields that the code of an expression names, each once per place. */
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

/** `$json.name.slice(0, 3)` names the field `$json.name`. */
function stripCall(field: string, next: string | undefined): string {
	return next === '(' ? field.replace(/\??\.[\w$]+$/, '') : field;
}

/** `$json` alone, or a node, is always there; what matters is the fields behind it. */
function isDataReference(field: string): boolean {
	return /^\$(?:json|vars|env)[?.[]/.test(field) || /\.json[?.[]/.test(field);
}

/** Signs and words by which somebody who writes an expression deals with a field that is not there. */
const CONDITION =
	/\?(?!\.)|&&|\|\||!|==|(?<!=)[<>]|\b(?:typeof|in|if|Boolean)\b|\$if|[iI]sEmpty|[iI]sNotEmpty|ifEmpty/;

/** Whether code chooses by itself what to do without a field. Without a condition, each field that it names has to be there. */
export function hasCondition(code: string): boolean {
	return CONDITION.test(stripQuotes(code));
}

/** Code in which no quoted text stands any more, so that only what is done with texts is left. */
export function stripQuotes(code: string): string {
	return code.replace(new RegExp(QUOTED, 'gs'), '""');
}

const REGULAR_EXPRESSION = /([(,=:]\s{0,9})\/(?:\\.|[^/\\\n])+\/[a-z]*/g;

/**
 * Whether code puts a text together by itself: then nobody can look at its parts one by one. A plus sign between numbers
 * adds them.
 *
 * @param value what the code gives
 */
export function isConcatenation(code: string, value: unknown): boolean {
	const bare = stripQuotes(code).replace(REGULAR_EXPRESSION, '$1""');
	if (/\.(?:concat|join)\b/.test(bare)) return true;
	if (bare.includes('`') && bare.includes('${')) return true;
	return bare.includes('+') && typeof value !== 'number';
}
