import type { IExecuteFunctions } from 'n8n-workflow';

import type { KeyField } from '../../../ledger/identity/key';
import { KeyRefusal } from '../../../ledger/identity/key';
import { nothingInKey } from '../../../ledger/identity/saysNothing';
import { hasCondition, isExpression, isGlued, piecesOf, referencesIn } from '../parameters/expression';
import { isRounded } from '../parameters/findsNothing';
import { CUSTOM_VALUE, EVENT_ID } from './keyMessages';
import { Refusal } from '../run/error';

/** The parameters that are a key by themselves, by their labels. */
export const SINGLE_KEYS = { [EVENT_ID]: 'eventId', [CUSTOM_VALUE]: 'customKey' } as const;

export type SingleKey = keyof typeof SINGLE_KEYS;

type Evaluate = (expression: string) => unknown;

const FILL_IT = 'Fill that field before this node: without it, different payments would look the same.';

/**
 * The one field that Event ID or Custom Value makes. Whatever it is put together from is looked at by itself: a part that
 * says nothing would give many orders one key.
 *
 * @throws Refusal, KeyRefusal
 */
export function readSingleKey(context: IExecuteFunctions, itemIndex: number, label: SingleKey): KeyField {
	const parameter = SINGLE_KEYS[label];
	const written = context.getNode().parameters[parameter];
	const value: unknown = context.getNodeParameter(parameter, itemIndex, '');
	if (isExpression(written)) {
		checkPieces(label, written, (expression) => context.evaluateExpression(expression, itemIndex));
	}
	if (typeof value === 'boolean' || (typeof value === 'string' && /^\s*(?:true|false)\s*$/i.test(value))) {
		throw refusal(
			label,
			`is ${String(value).trim()}, which tells no two payments apart`,
			'Its expression must give the number or ID of what is paid.',
		);
	}
	return { name: label, value, treatAs: 'text' };
}

function checkPieces(label: SingleKey, written: string, evaluate: Evaluate): void {
	const pieces = piecesOf(written);
	for (const { kind, source } of pieces) {
		if (kind === 'text') continue;
		const value = evaluate(`{{${source}}}`);
		if (isGlued(source, value)) {
			throw refusal(
				label,
				'is put together inside one pair of braces, where its parts cannot be checked',
				'Write the parts side by side, e.g. {{ $json.customer }}-{{ $json.invoice }}.',
			);
		}
		if (isRounded(value)) throw new KeyRefusal('not_exact', label);
		if (Array.isArray(value)) throw new KeyRefusal('not_one_value', label);
		// One piece alone is the value itself: what it lacks is told by the derivation of the key.
		if (pieces.length > 1 && isEmptyPart(value)) {
			throw refusal(label, `has a part that is empty in this item: {{${source}}}`, FILL_IT);
		}
		refuseMissingFields(label, source, evaluate);
	}
}

/** Code that does something with a field which is not there may still give a text: `{{ $json.invoice.toString() }}`. */
function refuseMissingFields(label: SingleKey, code: string, evaluate: Evaluate): void {
	if (hasCondition(code)) return;
	for (const { field } of referencesIn(code)) {
		if (field !== code.trim() && isEmptyPart(evaluate(`{{ ${field} }}`)))
			throw refusal(label, `names ${field}, which is empty in this item`, FILL_IT);
	}
}

/** Whether a part leaves nothing behind, or a text that only says so. */
function isEmptyPart(value: unknown): boolean {
	if (typeof value === 'string') return nothingInKey(value) !== undefined;
	if (value === undefined || value === null || Number.isNaN(value)) return true;
	return typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype;
}

function refusal(label: SingleKey, what: string, nextStep: string): Refusal {
	return new Refusal(label, what, nextStep, 'missing_key');
}
