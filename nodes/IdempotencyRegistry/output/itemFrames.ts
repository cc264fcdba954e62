import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import { redactSecrets } from '../../../stripe/api/redact';
import { buildIdempotencyField } from '../../shared/run/idempotencyField';
import type { ErrorFrame, OutputItem } from '../../shared/run/toOutputItems';
import { toAnsweredItems, toErrorItem } from '../../shared/run/toOutputItems';
import type { AnsweredResult, RegistryResult, RefusedResult } from './result';

/** Builds the output items of a result, one per object. */
export function toRegistryItems(result: RegistryResult, item: OutputItem): INodeExecutionData[] {
	if (result.kind === 'refused') return [toErrorItem(toErrorFrame(result), item)];
	const objects = result.objects.map((object) => toAnswer(object, result, item));
	return toAnsweredItems({ objects, isInputKept: result.isInputKept, nothingFound: NOTHING_FOUND }, item);
}

/** No secret leaves the ledger, except for a token that is handed out. */
function toAnswer(
	{ token, ...object }: IDataObject,
	{ advice }: AnsweredResult,
	{ isTool }: OutputItem,
): IDataObject {
	return {
		...(isTool ? advice : {}),
		...redactSecrets(object),
		...(token === undefined ? {} : { token }),
	};
}

const NOTHING_FOUND: IDataObject = { outcome: 'done', found: 0, nextStep: 'Nothing was found.' };

function toErrorFrame(result: RefusedResult): ErrorFrame {
	const { output, outcome, reason = outcome, message, nextStep, retryable, facts, entry } = result;
	return {
		message,
		nextStep,
		fields: { outcome, reason, retryable, ...facts },
		idempotency: buildIdempotencyField(entry, result.idempotency),
		retry: output === 'retry' ? { entry } : undefined,
	};
}
