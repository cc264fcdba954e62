import { explainRunReference, explainUnstable } from '../../nodes/shared/key/unstableValues';
import { findReferences, isExpression, splitExpression } from '../../nodes/shared/parameters/expression';
import { isRecord, toInputText } from '../../nodes/shared/parameters/values';
import type { ExportedNode } from './exportedWorkflow';
import { readRows } from './exportedWorkflow';
import type { WorkflowGraph } from './graph';
import { readJsonTree } from './jsonTree';

/** What a key that is written in a workflow is worth. */
export type KeyQuality =
	{ kind: 'stable' | 'empty' | 'constant' | 'byModel' } | { kind: 'volatile'; why: string };

/** What is the same for every item. */
const OF_ALL_ITEMS = /\$(?:workflow|vars|env|secrets|nodeId|nodeVersion|webhookId|execution\??\.mode)\b/g;

/** @param written a header, or a key parameter of our node */
export function judgeKey(written: unknown, node: ExportedNode, graph: WorkflowGraph): KeyQuality {
	const text = typeof written === 'string' ? written.trim() : '';
	if (text === '' || text === '=') return { kind: 'empty' };
	if (/\$fromAI\b/.test(text)) return { kind: 'byModel' };
	if (!isExpression(text)) return { kind: 'constant' };
	const codes = splitExpression(text).filter(({ kind }) => kind === 'code');
	if (codes.length === 0) return { kind: 'constant' };
	for (const { source } of codes) {
		const why = explainCode(source) ?? explainSource(source, node, graph);
		if (why !== undefined) return { kind: 'volatile', why };
	}
	return codes.some(({ source }) => source.replace(OF_ALL_ITEMS, '').includes('$'))
		? { kind: 'stable' }
		: { kind: 'constant' };
}

/** A field may be called `uuid` and still be an order's own: what is only named is no reason, unless it names the run. */
function explainCode(code: string): string | undefined {
	const run = explainRunReference(code);
	if (run !== undefined) return `it contains ${run}`;
	const fields = findReferences(code).map(({ field }) => field);
	const named = fields.map(lastName).find((name) => /^(?:execution|tool_?call)_?id$/i.test(name));
	const bare = fields.reduce((rest, field) => rest.replaceAll(field, '$json'), code);
	return explainUnstable(named ?? bare);
}

/** Why a field that code names is another one in every run: an earlier node makes it up. */
function explainSource(code: string, node: ExportedNode, graph: WorkflowGraph): string | undefined {
	for (const { field } of findReferences(code)) {
		const why = explainField(field, node, graph);
		if (why !== undefined) return why;
	}
	return undefined;
}

/** The same for a field of the item by its name, or as an expression names it. */
export function explainField(field: string, node: ExportedNode, graph: WorkflowGraph): string | undefined {
	const name = lastName(field);
	for (const earlier of listSources(field, node, graph)) {
		const why = explainWritten(name, earlier);
		if (why !== undefined) return `"${earlier.name}" makes ${name} anew in every run: ${why}`;
	}
	return undefined;
}

/** Where a field can come from: `$('Shop')` is that node, and what leads to it. */
function listSources(field: string, node: ExportedNode, graph: WorkflowGraph): ExportedNode[] {
	const [, named] = /^\$(?:node\[|items\(|\()["'](.+?)["'][,\])]/.exec(field) ?? [];
	if (named === undefined) return graph.upstreamOf(node);
	const source = graph.find(named);
	return source ? [source, ...graph.upstreamOf(source)] : [];
}

export function lastName(field: string): string {
	const part = field.slice(Math.max(field.lastIndexOf('.'), field.lastIndexOf('[')));
	return /^(?:\.([\w$]+)|\[["']?([^"'\]]+)["']?\])$/.exec(part)?.slice(1).find(Boolean) ?? field;
}

const RANDOM = 'it is a random value';
const TIME = 'it is the time of the run';

function explainWritten(field: string, { type, parameters: p }: ExportedNode): string | undefined {
	switch (type) {
		case 'n8n-nodes-base.set':
			return explainAssignment(readAssignments(p).find(({ name }) => name === field)?.value);
		case 'n8n-nodes-base.crypto':
			return p.action === 'generate' && (p.dataPropertyName ?? 'data') === field ? RANDOM : undefined;
		case 'n8n-nodes-base.dateTime':
			return (p.operation ?? 'getCurrentDate') === 'getCurrentDate' &&
				(p.outputFieldName ?? 'currentDate') === field
				? TIME
				: undefined;
		case 'n8n-nodes-base.code':
		case 'n8n-nodes-base.function':
		case 'n8n-nodes-base.functionItem':
			return explainInCode(field, toInputText(p.jsCode ?? p.functionCode ?? p.pythonCode));
		default:
			return undefined;
	}
}

function explainAssignment(value: unknown): string | undefined {
	if (!isExpression(value)) return undefined;
	const codes = splitExpression(value).filter(({ kind }) => kind === 'code');
	return codes.map(({ source }) => explainCode(source)).find(Boolean);
}

/** What Edit Fields writes, in all of its versions. */
export function readAssignments(p: ExportedNode['parameters']): { name: string; value: unknown }[] {
	const assigned = readRows(p.assignments, 'assignments');
	const fields = readRows(p.fields, 'values').map(({ name, stringValue }) => ({
		name,
		value: stringValue,
	}));
	const first = ['string', 'number', 'boolean'].flatMap((kind) => readRows(p.values, kind));
	const tree = p.jsonOutput === undefined ? undefined : readJsonTree(p.jsonOutput);
	const raw = isRecord(tree) ? Object.entries(tree).map(([name, value]) => ({ name, value })) : [];
	return [...assigned, ...fields, ...first, ...raw].map(({ name, value }) => ({
		name: toInputText(name),
		value,
	}));
}

/** Why what code writes is another value in every run: `order_key: crypto.randomUUID()`, `item.order_key = Date.now()`. */
export function explainInCode(field: string, code: string): string | undefined {
	if (!/^[\w$]+$/.test(field)) return undefined;
	const escaped = field.replaceAll('$', '\\$');
	const written = new RegExp(`\\b${escaped}["']?\\]?\\s*[:=](?!=)([^,;\\n]*)`, 'g');
	return [...code.matchAll(written)].map(([, value = '']) => explainUnstable(value)).find(Boolean);
}
