import type { Piece } from '../../nodes/shared/parameters/expression';
import { isExpression, splitExpression } from '../../nodes/shared/parameters/expression';
import { toInputText } from '../../nodes/shared/parameters/values';
import type { Address } from './address';
import { readAddress, toPathPattern } from './address';
import type { ExportedNode } from './exportedWorkflow';
import type { Fields, HttpRequest } from './httpRequest';
import { readHttpRequest, TOOL_HTTP_REQUEST } from './httpRequest';
import type { Branch, Tree } from './jsonTree';
import { ParameterNameError, putParameter, toLists } from './jsonTree';
import { readStripeNode, omitEmpty } from './stripeNode';

/** A request to Stripe, in one form for every kind of node. */
export interface StripeCall {
	sender: 'stripeNode' | 'httpRequest';
	method: string;
	/** undefined if the file does not contain it. */
	path: Piece[] | undefined;
	/** Such as `/v1/refunds/:`. */
	pattern: string | undefined;
	params: Tree;
	/** Without the idempotency key. */
	headers: Fields['fields'];
	key: SentKey | undefined;
	/** Why our node cannot replace it; empty if it can. */
	obstacles: string[];
}

/** The `Idempotency-Key` as written in the node. */
export interface SentKey {
	written: unknown;
	byModel: boolean;
}

const KEY_HEADER = 'idempotency-key';
const STRIPE_CREDENTIAL = 'stripeApi';

/** @param texts see `readAddress` */
export function readStripeCall(
	node: ExportedNode,
	texts: ReadonlyMap<string, string>,
): StripeCall | undefined {
	const own = readStripeNode(node);
	if (own) {
		const path = ['v1', ...own.path].flatMap((part) => [...toPieces('/'), ...toPieces(part)]);
		return {
			sender: 'stripeNode',
			method: 'POST',
			path,
			pattern: toPathPattern(path),
			params: omitEmpty(own.params),
			headers: [],
			key: undefined,
			obstacles: own.obstacle ? [own.obstacle] : [],
		};
	}
	const request = readHttpRequest(node);
	return request && readHttpCall(node, request, readAddress(request.url, texts));
}

function toPieces(written: string): Piece[] {
	return isExpression(written) ? splitExpression(written) : [{ kind: 'text', source: written }];
}

function readHttpCall(node: ExportedNode, request: HttpRequest, address: Address): StripeCall | undefined {
	const isStripe =
		address.isStripe ?? (usesStripeCredential(node, request) || isNamedAfterStripe(request.url));
	if (!isStripe) return undefined;
	const pattern = address.path && toPathPattern(address.path);
	const body = readParams(request, address.query);
	const isKey = ({ name }: { name: string }) => name.trim().toLowerCase() === KEY_HEADER;
	return {
		sender: 'httpRequest',
		method: request.method,
		path: address.path,
		pattern,
		params: body.params,
		headers: request.headers.fields.filter((header) => !isKey(header)),
		key: readKey(request.headers),
		obstacles: [
			...(pattern === undefined ? ['its address is in data that the file does not have'] : []),
			...(address.isChosen ? ['its address is chosen by code, and may lead elsewhere'] : []),
			...(isExpression(request.method) ? ['its method is an expression'] : []),
			...(node.type === TOOL_HTTP_REQUEST
				? ['it is an old HTTP Request Tool, whose placeholders only the agent fills in']
				: []),
			...(request.headers.unreadable ? [`of its headers, ${request.headers.unreadable}`] : []),
			...body.obstacles,
		],
	};
}

/** Decides by the credential if the address is not in the file. */
function usesStripeCredential(
	{ credentials = {} }: ExportedNode,
	{ credentialTypes, headers }: HttpRequest,
): boolean {
	const isNamedSo = Object.values(credentials).some((one) => /stripe/i.test(toInputText(one?.name)));
	const isInHeader = headers.fields.some(({ name, value }) =>
		/^stripe-|^authorization:.*(?:stripe|[sr]k_(?:live|test)_)/i.test(
			`${name.trim()}:${toInputText(value)}`,
		),
	);
	return isNamedSo || isInHeader || credentialTypes.includes(STRIPE_CREDENTIAL);
}

/** Recognizes `{{ $env.STRIPE_API }}/charges`. What is forwarded to a webhook does not go to Stripe. */
function isNamedAfterStripe(url: unknown): boolean {
	return /^=\s*\{\{\s*\$(?:env|vars)\.(?!\w*hook)\w*stripe/i.test(toInputText(url));
}

function readKey(headers: Fields): SentKey | undefined {
	const header = headers.fields.find(({ name }) => name.trim().toLowerCase() === KEY_HEADER);
	if (header) return { written: header.value, byModel: header.byModel === true };
	const { code = '' } = headers;
	return /idempotency-key/i.test(code) ? { written: code, byModel: false } : undefined;
}

function readParams(
	request: HttpRequest,
	inAddress: Address['query'],
): { params: Tree; obstacles: string[] } {
	const tree: Tree = {};
	const obstacles = [request.body.unreadable, request.query.unreadable].filter((why) => why !== undefined);
	const fields = [...inAddress, ...request.query.fields, ...request.body.fields];
	try {
		for (const { name, value } of fields) putParameter(tree, name, value as Branch);
	} catch (error) {
		if (!(error instanceof ParameterNameError)) throw error;
		obstacles.push(error.message);
	}
	return { params: omitEmpty(toLists(tree) as Tree), obstacles };
}
