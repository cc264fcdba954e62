import { findReferences, isExpression, splitExpression } from '../../nodes/shared/parameters/expression';
import type { ExportedNode } from './exportedWorkflow';
import type { WorkflowGraph } from './graph';
import { areShared, isOnlyId } from './sharedNames';
import type { KeyPurpose } from './sharedNames';
import { explainExpression, getLastName } from './volatileValues';

/** How well a key in a workflow identifies a decision. */
export type KeyQuality =
	| { kind: 'stable' | 'empty' | 'constant' | 'byModel' }
	| { kind: 'volatile'; why: string }
	/** Named like a time that the sender may set anew. */
	| { kind: 'moment'; field: string }
	/** Two decisions can have the same values in all of these fields. */
	| { kind: 'shared'; fields: string[] };

/** Expressions with the same value for every item. */
const OF_ALL_ITEMS = /\$(?:workflow|vars|env|secrets|nodeId|nodeVersion|webhookId|execution\??\.mode)\b/g;

const MOMENT =
	/^(?:time_?stamp|now|current_?(?:date|time|date_?time)|(?:run|sent|request|requested|received|submitted|executed|execution|started|triggered)_?(?:at|on|time|date))$/i;

/** Returns whether a field is named like the time of a run or a delivery. An order may well have such a field. */
export function isNamedAfterMoment(name: string): boolean {
	return MOMENT.test(name);
}

/** @param written a header, or a key parameter of our node */
export function judgeKey(
	written: unknown,
	node: ExportedNode,
	graph: WorkflowGraph,
	purpose: KeyPurpose,
): KeyQuality {
	const text = typeof written === 'string' ? written.trim() : '';
	if (text === '' || text === '=') return { kind: 'empty' };
	if (/\$fromAI\b/.test(text)) return { kind: 'byModel' };
	if (!isExpression(text)) return { kind: 'constant' };
	const codes = splitExpression(text).filter(({ kind }) => kind === 'code');
	if (codes.length === 0) return { kind: 'constant' };
	const why = explainExpression(text, node, graph);
	if (why !== undefined) return { kind: 'volatile', why };
	if (!codes.some(({ source }) => source.replace(OF_ALL_ITEMS, '').includes('$')))
		return { kind: 'constant' };
	return judgeNames(codes.map(({ source }) => source).join('\n'), purpose);
}

/** Judges a key by the names of its fields, if they are all known. */
function judgeNames(code: string, purpose: KeyPurpose): KeyQuality {
	const fields = findReferences(code)
		.map(({ field }) => field)
		.filter((field) => !/^\$(?:vars|env)\b/.test(field));
	const names = fields.map(getLastName);
	const moment = names.find(isNamedAfterMoment);
	if (moment !== undefined) return { kind: 'moment', field: moment };
	const bare = fields.reduce((rest, field) => rest.replaceAll(field, ''), code).replace(OF_ALL_ITEMS, '');
	return !bare.includes('$') && areShared(names, purpose) && !isOnlyId(names)
		? { kind: 'shared', fields: names }
		: { kind: 'stable' };
}
