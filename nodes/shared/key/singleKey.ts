import type { IExecuteFunctions } from 'n8n-workflow';

import type { KeyField } from '../../../ledger/identity/key';
import { InvalidKeyFieldError } from '../../../ledger/identity/key';
import { detectUnusableKeyText } from '../../../ledger/identity/unusableText';
import type { Evaluate } from '../parameters/expression';
import {
	hasCondition,
	isExpression,
	isConcatenation,
	splitExpression,
	stripQuotes,
	findReferences,
} from '../parameters/expression';
import { isUnsafeInteger } from '../parameters/noValue';
import { CUSTOM_VALUE, EVENT_ID } from './keyMessages';
import { ItemError } from '../run/error';
import { nodeOfRun } from '../run/origin';
import { parametersOf } from '../parameters/parametersOfRun';

/** The parameters that are a key on their own, by label. */
export const SINGLE_KEYS = { [EVENT_ID]: 'eventId', [CUSTOM_VALUE]: 'customKey' } as const;

export type SingleKey = keyof typeof SINGLE_KEYS;

const FILL_IT = 'Fill that field before this node. Without it, different payments would look the same.';

/**
 * Reads Event ID or Custom Value as a key field. Each part of an expression is checked on its own, because an empty part would
 * give many orders the same key.
 *
 * @throws ItemError, InvalidKeyFieldError
 */
export function readSingleKey(context: IExecuteFunctions, itemIndex: number, label: SingleKey): KeyField {
	const parameter = SINGLE_KEYS[label];
	const written = nodeOfRun(context).parameters[parameter];
	const parameters = parametersOf(context);
	const value = parameters.value(parameter, itemIndex, '');
	if (isExpression(written)) {
		checkPieces(label, written, (expression) => parameters.evaluate(expression, itemIndex));
	}
	if (isYesOrNo(value)) {
		throw buildKeyError(
			label,
			`is ${String(value).trim()}, which cannot tell payments apart`,
			'Its expression must return the number or ID of what is paid.',
		);
	}
	return { name: label, value, treatAs: 'text' };
}

export function isYesOrNo(value: unknown): value is boolean | string {
	return typeof value === 'boolean' || (typeof value === 'string' && /^\s*(?:true|false)\s*$/i.test(value));
}

function checkPieces(label: SingleKey, written: string, evaluate: Evaluate): void {
	const pieces = splitExpression(written);
	for (const { kind, source } of pieces) {
		if (kind === 'text') continue;
		const value = evaluate(`{{${source}}}`);
		if (isConcatenation(source, value)) {
			throw buildKeyError(
				label,
				'is built inside one pair of braces, where its parts cannot be checked',
				'Write the parts side by side, e.g. {{ $json.customer }}-{{ $json.invoice }}.',
			);
		}
		if (isCalculatedFromSeveral(source, value)) {
			throw buildKeyError(
				label,
				'is calculated from several fields, so different payments can have the same result',
				'Write the parts side by side, e.g. {{ $json.customer }}-{{ $json.invoice }}.',
			);
		}
		if (isUnsafeInteger(value)) throw new InvalidKeyFieldError('not_exact', label);
		if (Array.isArray(value)) throw new InvalidKeyFieldError('not_one_value', label);
		// A single part is the whole value, which the key derivation checks.
		if (pieces.length > 1 && isEmptyPart(value)) {
			throw buildKeyError(label, `has a part that is empty in this item: {{${source}}}`, FILL_IT);
		}
		refuseMissingKeyFields(label, source, evaluate);
	}
}

/** `{{ $json.customer + $json.invoice }}` is 15 for 5 and 10, and for 10 and 5. A condition chooses one of its fields. */
function isCalculatedFromSeveral(code: string, value: unknown): boolean {
	if (typeof value !== 'number' || (hasCondition(code) && !stripQuotes(code).includes('+'))) return false;
	return new Set(findReferences(code).map(({ field }) => field)).size > 1;
}

/** Code that uses a missing field may still return text: `{{ $json.invoice.toString() }}`. */
function refuseMissingKeyFields(label: SingleKey, code: string, evaluate: Evaluate): void {
	if (hasCondition(code)) return;
	for (const { field } of findReferences(code)) {
		if (field !== code.trim() && isEmptyPart(evaluate(`{{ ${field} }}`)))
			throw buildKeyError(label, `names ${field}, which is empty in this item`, FILL_IT);
	}
}

/** Returns whether a part is empty, or a text that means nothing. */
function isEmptyPart(value: unknown): boolean {
	if (typeof value === 'string') {
		const unusable = detectUnusableKeyText(value);
		// The key derivation finds it in the whole text, and says what it is.
		return unusable !== undefined && unusable !== 'control_character';
	}
	if (typeof value === 'number') return !Number.isFinite(value);
	if (value === undefined || value === null) return true;
	return typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype;
}

function buildKeyError(label: SingleKey, problem: string, nextStep: string): ItemError {
	return new ItemError(label, problem, nextStep, 'missing_key');
}
