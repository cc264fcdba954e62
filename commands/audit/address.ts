import type { Piece } from '../../nodes/shared/parameters/expression';
import { findReferences, isExpression, splitExpression } from '../../nodes/shared/parameters/expression';

/** Where a request goes, as far as the file shows. */
export interface Address {
	/** undefined if the address comes from data that the file does not contain. */
	isStripe: boolean | undefined;
	/** The parts of the path, from `/v1/` on, without the query. */
	path?: Piece[];
	/** Set if code determines the address, so that the request may also go elsewhere. */
	isChosen?: boolean;
	/** The query parameters. A value that is an expression begins with `=`. */
	query: { name: string; value: string }[];
}

/** Placeholder for code while the text around it is examined. */
const MARK = '\uE000';
/** Matches Stripe's host only where an address has its host. In a path or query, it is only mentioned. */
const STRIPE_HOST =
	/(?<=^\s*|\/\/|@|\uE000)(?<![?#][^]*)(?:api|files|connect|meter-events)\.stripe\.com(?![\w-]|\.\w)/i;

/** @param texts what nodes of the workflow write into fields, by field name: an address may be kept there */
export function readAddress(written: unknown, texts: ReadonlyMap<string, string>): Address {
	const pieces = typeof written === 'string' ? toPieces(written, texts) : [];
	const codes = pieces.filter(({ kind }) => kind === 'code');
	const whole = pieces.map(({ kind, source }) => (kind === 'text' ? source : MARK)).join('');
	const host = STRIPE_HOST.exec(whole);
	if (!host)
		return {
			isStripe: namesStripeInCode(codes) || (isAnotherHost(whole) ? false : undefined),
			query: [],
		};
	const beforeHost = whole.slice(0, host.index);
	const before = beforeHost.split(MARK).length - 1;
	const [rest = '', ...alternatives] = whole
		.slice(host.index + host[0].length)
		.split(/\uE000(?=https?:\/\/)/i);
	const [, path = '', query = ''] = /^(?::\d+)?([^?#]*)\??([^#]*)/.exec(rest) ?? [];
	const pathCodes = path.split(MARK).length - 1;
	return {
		isStripe: true,
		path: fromMarks(withoutTrailingSlashes(path.trimEnd()), codes.slice(before, before + pathCodes)),
		query: readQuery(query, codes.slice(before + pathCodes)),
		...(alternatives.length > 0 || !SCHEME.test(beforeHost) ? { isChosen: true } : {}),
	};
}

const SCHEME = /^\s*(?:https?:)?(?:\/\/)?(?:[^/@\s\uE000]*@)?$/i;

/** Finds `new URL("/v1/charges", "https://api.stripe.com").href`, for example. */
function namesStripeInCode(codes: readonly Piece[]): boolean {
	return codes.some(({ source }) =>
		[...source.matchAll(/["'`]([^"'`]*)["'`]/g)].some(([, text = '']) => STRIPE_HOST.test(text)),
	);
}

/**
 * Returns a path as a pattern, such as `/v1/payment_intents/:/capture`. IDs, code and the `{placeholders}` that a model fills
 * in become `:`.
 */
export function toPathPattern(path: readonly Piece[]): string | undefined {
	const text = path.map(({ kind, source }) => (kind === 'text' ? source : MARK)).join('');
	if (!/^\/v[12]\/[a-z]/.test(text)) return undefined;
	const isVariable = (part: string) => /[\uE000{]|^[a-z]+_\w*[A-Z0-9]/.test(part);
	return text
		.split('/')
		.map((part) => (isVariable(part) ? ':' : part))
		.join('/');
}

/** Formats pieces as a parameter, with a leading equals sign if they contain code. */
export function fromPieces(pieces: readonly Piece[]): string {
	const text = pieces.map(({ kind, source }) => (kind === 'text' ? source : `{{${source}}}`)).join('');
	return pieces.some(({ kind }) => kind === 'code') ? `=${text}` : text;
}

function isAnotherHost(whole: string): boolean {
	return (
		/^\s*(?:https?:\/\/)?[\w-]+(?:\.[\w-]+)+(?::\d+)?(?:[/?#]|$)/i.test(whole) ||
		/^https?:\/\/localhost\b/.test(whole)
	);
}

function toPieces(written: string, texts: ReadonlyMap<string, string>): Piece[] {
	if (!isExpression(written)) return [{ kind: 'text', source: written }];
	return splitExpression(written).flatMap((piece) =>
		piece.kind === 'text' ? [piece] : takeApart(piece.source, texts),
	);
}

const OPERAND =
	/"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|`([^`]*)`|((?:[^+"'`(]|\((?:[^()]|\([^()]*\))*\)|\["[^"]*"\]|\['[^']*'\])+)/g;

/** Splits `"https://api.stripe.com/v1/refunds/" + $json.id` into its parts. Everything but plain text stays code. */
function takeApart(code: string, texts: ReadonlyMap<string, string>): Piece[] {
	const known = findText(code, texts);
	if (known !== undefined) return [{ kind: 'text', source: known }];
	const namesStripe = /stripe\.com/i.test(code) || namesKnownText(code, texts);
	if (!namesStripe && !/^\s*(["'`])[^"'`]*\1\s*$/.test(code)) return [{ kind: 'code', source: code }];
	return [...code.matchAll(OPERAND)].flatMap(([, double, single, template, other]): Piece[] => {
		if (template !== undefined) return splitTemplate(template);
		const text = double ?? single;
		if (text !== undefined) return [{ kind: 'text', source: text }];
		const found = findText(other ?? '', texts);
		if (found !== undefined) return [{ kind: 'text', source: found }];
		return other?.trim() ? [{ kind: 'code', source: ` ${other.trim()} ` }] : [];
	});
}

function splitTemplate(template: string): Piece[] {
	return template
		.split(/\$\{([^{}]*)\}/)
		.map((source, n): Piece => ({ kind: n % 2 === 0 ? 'text' : 'code', source }))
		.filter(({ source }) => source !== '');
}

/** Recognizes `$json.base_url + "/refunds"`, but only concatenations: what other code does with a field is unknown. */
function namesKnownText(code: string, texts: ReadonlyMap<string, string>): boolean {
	return (
		code.includes('+') && findReferences(code).some(({ field }) => findText(field, texts) !== undefined)
	);
}

/** Returns the text of a field that an earlier node writes: `$json.base_url`, `$('Config').item.json["base_url"]`. */
function findText(code: string, texts: ReadonlyMap<string, string>): string | undefined {
	const [, dotted, quoted] =
		/^\s*\$(?:json|node|\().*?(?:\.([\w$]+)|\[["']([^"'\]]+)["']\])\s*$/s.exec(code) ?? [];
	const text = texts.get(dotted ?? quoted ?? '');
	return text !== undefined && STRIPE_HOST.test(text) && !isExpression(text) ? text : undefined;
}

function withoutTrailingSlashes(path: string): string {
	let end = path.length;
	while (path[end - 1] === '/') end -= 1;
	return path.slice(0, end);
}

function fromMarks(text: string, codes: readonly Piece[]): Piece[] {
	const pieces = text.split(MARK).flatMap((source, n): Piece[] => {
		const code = n > 0 ? codes[n - 1] : undefined;
		return [...(code ? [code] : []), { kind: 'text', source }];
	});
	return pieces.filter(({ kind, source }) => kind === 'code' || source !== '');
}

function readQuery(query: string, codes: readonly Piece[]): Address['query'] {
	let used = 0;
	return query
		.split('&')
		.filter(Boolean)
		.map((pair) => {
			const [name = '', value = ''] = pair.split(/=(.*)/s);
			const count = pair.split(MARK).length - 1;
			const pieces = fromMarks(value, codes.slice(used, used + count));
			used += count;
			return {
				name: decodeText(name),
				value:
					pieces.length === 1 && pieces[0]?.kind === 'text'
						? decodeText(value)
						: fromPieces(pieces),
			};
		});
}

function decodeText(text: string): string {
	try {
		return decodeURIComponent(text.replaceAll('+', ' '));
	} catch {
		return text;
	}
}
