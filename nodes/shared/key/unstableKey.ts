import type { IExecuteFunctions } from 'n8n-workflow';

import type { TimeSource } from '../../../ledger/clock';
import { isExpression, splitExpression, findReferences } from '../parameters/expression';
import { CUSTOM_VALUE, EVENT_ID } from './keyMessages';
import { ItemError } from '../run/error';
import { nodeOfRun } from '../run/origin';
import { readKeySource } from './keySource';
import { SINGLE_KEYS } from './singleKey';
import { explainRunReference } from './unstableValues';
import { toJson } from '../parameters/values';

/** ms between two evaluations, so that a clock in ms returns another value. */
const EVALUATION_GAP_MS = 3;

const TOOL_CALL_ID = /tool_?call_?id/i;

/** Code that may read the clock. */
const CLOCK = /\$now|\$today|\bDate\b|\bDateTime\b|\bperformance\b|\bLuxon\b|\bInterval\b/;

/**
 * Refuses a key that changes with every evaluation, or identifies this run: it would protect nothing, and every repeat would be
 * paid again. Names alone are no reason, because a field may be called `uuid`.
 *
 * @throws ItemError
 */
export async function refuseUnstableKey(
	context: IExecuteFunctions,
	itemIndex: number,
	time: TimeSource,
): Promise<void> {
	const source = readKeySource(context, itemIndex);
	const label = source === 'custom' ? CUSTOM_VALUE : source === 'event' ? EVENT_ID : undefined;
	if (label === undefined) return;
	const parameter = SINGLE_KEYS[label];
	const written = nodeOfRun(context).parameters[parameter];
	if (!isExpression(written)) return;
	const codes = splitExpression(written).filter(({ kind }) => kind === 'code');
	for (const { source: code } of codes) {
		refuseToolCallId(label, code);
		const why = explainRunReference(code);
		if (why !== undefined) throw buildUnstableKeyError(label, `contains ${why}`);
	}
	if (codes.every(({ source: code }) => isPlainReference(code))) return;
	const evaluate = () => toJson(context.getNodeParameter(parameter, itemIndex, ''));
	const first = evaluate();
	if (codes.some(({ source: code }) => CLOCK.test(code))) await time.sleep(EVALUATION_GAP_MS);
	if (evaluate() !== first)
		throw buildUnstableKeyError(label, 'returns a different value each time it is evaluated');
}

/**
 * @param written a field name, or code
 * @throws ItemError for an ID that is new with every tool call
 */
export function refuseToolCallId(label: string, written: string): void {
	if (TOOL_CALL_ID.test(written))
		throw buildUnstableKeyError(label, 'contains the ID of a tool call, which is new in every call');
}

/** A plain field reference without further code is stable, however often it is evaluated. */
function isPlainReference(code: string): boolean {
	const [reference, ...others] = findReferences(code);
	return others.length === 0 && reference?.field === code.trim();
}

function buildUnstableKeyError(label: string, problem: string): ItemError {
	return new ItemError(
		label,
		problem,
		'Choose a business value that stays the same when the workflow runs again, e.g. the order number. Otherwise a retry is charged again.',
		'missing_key',
	);
}
