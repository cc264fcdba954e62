import { explainRunReference, explainUnstable } from '../../nodes/shared/key/unstableValues';
import { findReferences, isExpression, splitExpression } from '../../nodes/shared/parameters/expression';
import { isRecord, toInputText } from '../../nodes/shared/parameters/values';
import { explainInCode } from './codeValues';
import type { ExportedNode } from './exportedWorkflow';
import { readRows } from './exportedWorkflow';
import type { WorkflowGraph } from './graph';
import type { Tree } from './jsonTree';
import { listLeaves, readJsonTree } from './jsonTree';

/** A place in a workflow. */
interface Place {
	node: ExportedNode;
	graph: WorkflowGraph;
	/** Fields that were already examined, because nodes in a loop lead to each other. */
	seen: ReadonlySet<string>;
}

/**
 * Explains why an expression has a different value in every run: by itself, or because of a field that an earlier node
 * generates.
 */
export function explainExpression(
	written: unknown,
	node: ExportedNode,
	graph: WorkflowGraph,
): string | undefined {
	return explainIn(written, { node, graph, seen: new Set() });
}

/** The same for a field of the item, by its name or as an expression refers to it. */
export function explainField(field: string, node: ExportedNode, graph: WorkflowGraph): string | undefined {
	return explainFieldIn(field, { node, graph, seen: new Set() });
}

function explainIn(written: unknown, place: Place): string | undefined {
	if (!isExpression(written)) return undefined;
	for (const { kind, source } of splitExpression(written)) {
		if (kind !== 'code') continue;
		const why = explainCode(source);
		if (why !== undefined) return why;
		for (const { field } of findReferences(source)) {
			const inField = explainFieldIn(field, place);
			if (inField !== undefined) return inField;
		}
	}
	return undefined;
}

/** A field called `uuid` may belong to an order, so its name proves nothing, unless it names the run. */
function explainCode(code: string): string | undefined {
	const run = explainRunReference(code);
	if (run !== undefined) return `it contains ${run}`;
	const fields = findReferences(code).map(({ field }) => field);
	const named = fields.map(getLastName).find((name) => /^(?:execution|tool_?call)_?id$/i.test(name));
	const bare = fields.reduce((rest, field) => rest.replaceAll(field, '$json'), code);
	return explainUnstable(named ?? bare);
}

function explainFieldIn(field: string, { node, graph, seen }: Place): string | undefined {
	const name = getLastName(field);
	for (const earlier of listSources(field, node, graph)) {
		const step = `${earlier.name}\n${name}`;
		if (seen.has(step)) continue;
		const why = explainWritten(name, { node: earlier, graph, seen: new Set([...seen, step]) });
		if (why === undefined) continue;
		return why.startsWith('"') ? why : `"${earlier.name}" generates ${name} anew in every run: ${why}`;
	}
	return undefined;
}

/** Returns the nodes that a field can come from: `$('Shop')` is that node and everything before it. */
function listSources(field: string, node: ExportedNode, graph: WorkflowGraph): ExportedNode[] {
	const [, named] = /^\$(?:node\[|items\(|\()["'](.+?)["'][,\])]/.exec(field) ?? [];
	if (named === undefined) return graph.upstreamOf(node);
	const source = graph.find(named);
	return source ? [source, ...graph.upstreamOf(source)] : [];
}

/** Returns `order_id` for `$json.body.order_id` and for `body.order_id`. */
export function getLastName(field: string): string {
	const part = field.slice(Math.max(field.lastIndexOf('.'), field.lastIndexOf('[')));
	return /^(?:\.([\w$]+)|\[["']?([^"'\]]+)["']?\])$/.exec(part)?.slice(1).find(Boolean) ?? field;
}

const RANDOM = 'it is a random value';
const TIME = 'it is the time of the run';

/** The output of a schedule: the time at which it started the run, whole and in parts. */
const OF_SCHEDULE =
	/^(?:timestamp|Readable (?:date|time)|Day of (?:week|month)|Year|Month|Hour|Minute|Second)$/;

function explainWritten(field: string, place: Place): string | undefined {
	const { type, parameters: p } = place.node;
	const isNamed = (name: unknown) => getLastName(toInputText(name)) === field;
	switch (type) {
		case 'n8n-nodes-base.set':
			return explainIn(readAssignments(p).find(({ name }) => isNamed(name))?.value, place);
		case 'n8n-nodes-base.crypto':
			if (!isNamed(p.dataPropertyName ?? 'data')) return undefined;
			return p.action === 'generate' ? RANDOM : explainAny(p, place);
		case 'n8n-nodes-base.dateTime':
			return explainDateTime(isNamed, place);
		case 'n8n-nodes-base.scheduleTrigger':
			return OF_SCHEDULE.test(field) ? TIME : undefined;
		case 'n8n-nodes-base.executeCommand':
			return field === 'stdout' ? explainUnstable(toInputText(p.command)) : undefined;
		case 'n8n-nodes-base.code':
		case 'n8n-nodes-base.function':
		case 'n8n-nodes-base.functionItem':
		case 'n8n-nodes-base.aiTransform':
			return explainInCode(field, toInputText(p.jsCode ?? p.functionCode ?? p.pythonCode));
		default:
			return undefined;
	}
}

/** The default names of the fields in which the node writes its results. */
const DATE_TIME_NAMES: ReadonlyMap<string, string> = new Map([
	['getCurrentDate', 'currentDate'],
	['addToDate', 'newDate'],
	['subtractFromDate', 'newDate'],
	['formatDate', 'formattedDate'],
	['roundDate', 'roundedDate'],
	['getTimeBetweenDates', 'timeDifference'],
	['extractDate', 'datePart'],
]);

/** The first version has no operations, and other names. */
function explainDateTime(isNamed: (name: unknown) => boolean, place: Place): string | undefined {
	const { parameters: p, typeVersion = 1 } = place.node;
	if (typeVersion < 2) return isNamed(p.dataPropertyName ?? 'data') ? explainAny(p, place) : undefined;
	const operation = toInputText(p.operation ?? 'getCurrentDate');
	if (!isNamed(p.outputFieldName ?? DATE_TIME_NAMES.get(operation))) return undefined;
	return operation === 'getCurrentDate' ? TIME : explainAny(p, place);
}

/** A result is volatile as soon as one parameter is. */
function explainAny(parameters: ExportedNode['parameters'], place: Place): string | undefined {
	return listLeaves(parameters as Tree)
		.map(({ value }) => explainIn(value, place))
		.find(Boolean);
}

/** Reads what Edit Fields writes, in all of its versions. */
export function readAssignments(p: ExportedNode['parameters']): { name: string; value: unknown }[] {
	const assigned = readRows(p.assignments, 'assignments');
	const fields = readRows(p.fields, 'values').map(({ name, stringValue }) => ({
		name,
		value: stringValue,
	}));
	const first = ['string', 'number', 'boolean'].flatMap((kind) => readRows(p.values, kind));
	const tree = p.jsonOutput === undefined ? undefined : readJsonTree(p.jsonOutput);
	const raw = isRecord(tree)
		? listLeaves(tree).map(({ path, value }) => ({ name: path.join('.'), value }))
		: [];
	return [...assigned, ...fields, ...first, ...raw].map(({ name, value }) => ({
		name: toInputText(name),
		value,
	}));
}
