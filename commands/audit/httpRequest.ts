import type { Values } from '../../nodes/shared/parameters/values';
import { isRecord, toInputText } from '../../nodes/shared/parameters/values';
import type { ExportedNode } from './exportedWorkflow';
import { isOfType, readRows } from './exportedWorkflow';
import { readJsonTree } from './jsonTree';

/** A header or parameter as written in the node. */
export interface Field {
	name: string;
	value: unknown;
	/** Set if an AI model fills it in at each call. */
	byModel?: boolean;
}

/** What is sent, as far as it can be read. */
export interface Fields {
	fields: Field[];
	/** Why a part of it cannot be read. */
	unreadable?: string;
	/** The code that produces that part. */
	code?: string;
}

/** An HTTP Request node of any version, in one form. */
export interface HttpRequest {
	/** In upper case. An expression is kept as it is. */
	method: string;
	url: unknown;
	headers: Fields;
	query: Fields;
	body: Fields;
	/** Whether the body is JSON and not a form. */
	isListOrObject: boolean;
	credentialTypes: string[];
}

export const HTTP_REQUEST = 'n8n-nodes-base.httpRequest';
export const TOOL_HTTP_REQUEST = '@n8n/n8n-nodes-langchain.toolHttpRequest';

const NO_FIELDS: Fields = { fields: [] };

export function readHttpRequest(node: ExportedNode): HttpRequest | undefined {
	if (node.type === TOOL_HTTP_REQUEST) return readOldTool(node);
	if (!isOfType(node, HTTP_REQUEST)) return undefined;
	return (node.typeVersion ?? 1) < 3 ? readFirstVersions(node) : readCurrentVersions(node);
}

function readFirstVersions(node: ExportedNode): HttpRequest {
	const { parameters: p } = node;
	const isJson = p.jsonParameters === true;
	const read = (name: string) =>
		isJson
			? readJson(p[`${name}ParametersJson`])
			: { fields: toFields(readRows(p[`${name}ParametersUi`], 'parameter')) };
	const options = isRecord(p.options) ? p.options : {};
	const isOther =
		['raw', 'multipart-form-data'].includes(String(options.bodyContentType)) || p.sendBinaryData === true;
	return {
		...readCommon(node, p.requestMethod ?? p.method),
		headers: read('header'),
		query: read('query'),
		body: isOther ? { fields: [], unreadable: 'its body is raw or binary' } : read('body'),
		isListOrObject: isJson,
	};
}

function readCurrentVersions(node: ExportedNode): HttpRequest {
	const { parameters: p } = node;
	const read = (isSent: unknown, specify: unknown, rows: unknown, json: unknown): Fields => {
		if (isSent !== true) return NO_FIELDS;
		return specify === 'json' ? readJson(json) : { fields: toFields(readRows(rows, 'parameters')) };
	};
	const isJsonBody = p.specifyBody === 'json' && (p.contentType ?? 'json') === 'json';
	return {
		...readCommon(node, p.method ?? p.requestMethod),
		headers: read(p.sendHeaders, p.specifyHeaders, p.headerParameters, p.jsonHeaders),
		query: read(p.sendQuery, p.specifyQuery, p.queryParameters, p.jsonQuery),
		body: readCurrentBody(p) ?? read(p.sendBody, isJsonBody ? 'json' : '', p.bodyParameters, p.jsonBody),
		isListOrObject: isJsonBody,
	};
}

/** Reads the kinds of body that have no rows. */
function readCurrentBody(p: Values): Fields | undefined {
	if (p.sendBody !== true) return NO_FIELDS;
	if (p.contentType === 'form-urlencoded' && p.specifyBody === 'string') return readForm(p.body);
	if (['raw', 'binaryData'].includes(String(p.contentType)))
		return { fields: [], unreadable: 'its body is raw or binary' };
	const hasFile = readRows(p.bodyParameters, 'parameters').some(
		({ parameterType }) => parameterType === 'formBinaryData',
	);
	return p.contentType === 'multipart-form-data' && hasFile
		? { fields: [], unreadable: 'it sends a file' }
		: undefined;
}

function readForm(written: unknown): Fields {
	if (typeof written !== 'string' || written.startsWith('='))
		return { fields: [], unreadable: 'its body is one expression' };
	return { fields: [...new URLSearchParams(written)].map(([name, value]) => ({ name, value })) };
}

function readOldTool(node: ExportedNode): HttpRequest {
	const { parameters: p } = node;
	const read = (isSent: unknown, specify: unknown, rows: unknown, json: unknown): Fields => {
		if (isSent !== true) return NO_FIELDS;
		if (specify === 'model') return { fields: [], unreadable: 'the model writes all of it' };
		if (specify === 'json') return readJson(json);
		return {
			fields: readRows(rows, 'values').map(({ name, value, valueProvider = 'modelRequired' }) => {
				const isFixed = valueProvider === 'fieldValue' && !/\{[\w-]+\}/.test(String(value));
				return { name: toInputText(name), value, byModel: !isFixed };
			}),
		};
	};
	return {
		...readCommon(node, p.method),
		headers: read(p.sendHeaders, p.specifyHeaders, p.parametersHeaders, p.jsonHeaders),
		query: read(p.sendQuery, p.specifyQuery, p.parametersQuery, p.jsonQuery),
		body: read(p.sendBody, p.specifyBody, p.parametersBody, p.jsonBody),
		isListOrObject: p.specifyBody === 'json',
	};
}

function readCommon(node: ExportedNode, method: unknown) {
	const { nodeCredentialType: chosen } = node.parameters;
	return {
		method:
			typeof method === 'string' && method !== ''
				? method.startsWith('=')
					? method
					: method.toUpperCase()
				: 'GET',
		url: node.parameters.url ?? '',
		credentialTypes: [
			...Object.keys(node.credentials ?? {}),
			...(typeof chosen === 'string' ? [chosen] : []),
		],
	};
}

function toFields(rows: readonly Values[]): Field[] {
	return rows
		.filter(({ name }) => name !== undefined && name !== '')
		.map(({ name, value }) => ({ name: toInputText(name), value }));
}

/** Reads the top-level names. The values may be nested. */
function readJson(written: unknown): Fields {
	if (written === undefined || written === '') return NO_FIELDS;
	const tree = readJsonTree(written);
	if (!isRecord(tree))
		return { fields: [], unreadable: 'its JSON is assembled by code', code: toInputText(written) };
	return { fields: Object.entries(tree).map(([name, value]) => ({ name, value })) };
}
