import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import { redactSecrets, redactMessage } from '../../../stripe/api/redact';
import type { AnsweredResult, RegistryResult, RefusedResult } from './result';
import { buildIdempotencyField } from '../../shared/run/idempotencyField';
import { buildRetryBefore } from '../../shared/run/retryBefore';

interface OutputContext {
	index: number;
	input: INodeExecutionData;
	isTool: boolean;
}

/** What an item looks like when it has left; an answer with several objects becomes several items. */
export function toRegistryItems(result: RegistryResult, item: OutputContext): INodeExecutionData[] {
	return result.kind === 'answered' ? toAnsweredItems(result, item) : [toRefusedItem(result, item)];
}

function toAnsweredItems(
	{ objects, isInputKept: keepsInput, advice }: AnsweredResult,
	{ index, input, isTool }: OutputContext,
): INodeExecutionData[] {
	const pairedItem = { item: index };
	if (isTool && objects.length === 0) return [{ json: NO_RESULT, pairedItem }];
	// A model knows what it has asked; what it gets must not be hidden among that.
	const inputFields = keepsInput && !isTool ? input.json : {};
	const binary = keepsInput && input.binary ? { binary: input.binary } : {};
	return objects.map((object) => ({
		json: { ...inputFields, ...(isTool ? advice : {}), ...hideSecrets(object) },
		...binary,
		pairedItem,
	}));
}

/** Whatever stands in the ledger, nothing secret leaves it, but for the token: that is handed out. */
function hideSecrets({ token, ...object }: IDataObject): IDataObject {
	return { ...redactSecrets(object), ...(token === undefined ? {} : { token }) };
}

/** To a model an empty answer looks like a call that went wrong. */
const NO_RESULT: IDataObject = { outcome: 'done', found: 0, nextStep: 'Nothing was found.' };

function toRefusedItem(result: RefusedResult, { index, input, isTool }: OutputContext): INodeExecutionData {
	const { outcome, reason = outcome, message, nextStep, retryable, facts, entry } = result;
	const pairedItem = { item: index };
	const details: IDataObject = {
		// People paste keys into the wrong field, and what they gave is quoted.
		message: redactMessage(`[Item ${index}] ${message}`),
		nextStep: redactMessage(nextStep),
		outcome,
		reason,
		retryable,
		...redactSecrets(facts),
	};
	const idempotency = buildIdempotencyField(entry, result.idempotency);
	const until = result.output === 'serverError' ? buildRetryBefore(entry) : {};
	// Not under `error`: n8n would take that for a reason to run the tool again by itself.
	if (isTool) return { json: { ...details, ...until, idempotency }, pairedItem };
	const { json, binary } = input;
	return {
		json: { error: details, input: json, idempotency, ...until },
		...(binary ? { binary } : {}),
		pairedItem,
	};
}
