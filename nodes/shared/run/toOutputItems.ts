import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import type { Entry } from '../../../ledger/model/entry';
import { getResendDeadline } from '../../../ledger/rules/uncertainty';
import { redactMessage, redactSecrets } from '../../../stripe/api/redact';
import { toIsoTime } from '../parameters/values';

/** The input item of a result, and whether a model reads it. */
export interface OutputItem {
	index: number;
	input: INodeExecutionData;
	isTool: boolean;
}

/** A successful result: each object becomes an item. */
export interface AnswerFrame {
	objects: readonly IDataObject[];
	/** Whether the fields of the input item are kept for the following nodes. */
	isInputKept?: boolean;
	/** What a model gets without an object, because it takes an empty result for a failed call. */
	nothingFound: IDataObject;
}

export function toAnsweredItems(
	{ objects, isInputKept = false, nothingFound }: AnswerFrame,
	{ index, input, isTool }: OutputItem,
): INodeExecutionData[] {
	const pairedItem = { item: index };
	if (isTool && objects.length === 0) return [{ json: nothingFound, pairedItem }];
	// A model knows its own request, which would only hide the result.
	const inputFields = isInputKept && !isTool ? input.json : {};
	const binary = isInputKept && input.binary ? { binary: input.binary } : {};
	return objects.map((object) => ({ json: { ...inputFields, ...object }, ...binary, pairedItem }));
}

/** Why nothing was done, with a message and a next step for people and models. */
export interface ErrorFrame {
	message: string;
	nextStep: string;
	/** The other fields of `error`, in reading order. */
	fields: IDataObject;
	/** Converts `error` for a model, which gets different fields. */
	forModel?: (error: IDataObject) => IDataObject;
	/** `idempotency`; absent without an entry. */
	idempotency?: IDataObject;
	/** Set if the item may be run again unchanged; determines until when that is enough. */
	retry?: { entry: Entry | undefined };
}

export function toErrorItem(
	{ message, nextStep, fields, forModel = (error) => error, idempotency, retry }: ErrorFrame,
	{ index, input, isTool }: OutputItem,
): INodeExecutionData {
	// The message comes first. Secrets are masked, because people paste keys into the wrong field, and their input is quoted.
	const error: IDataObject = redactSecrets({
		message: redactMessage(`[Item ${index}] ${message}`),
		nextStep: redactMessage(nextStep),
		...fields,
	});
	const beside = {
		...(idempotency ? { idempotency } : {}),
		...(retry ? buildRetryBefore(retry.entry) : {}),
	};
	const pairedItem = { item: index };
	// Not under `error`, because n8n would then run the tool again on its own.
	if (isTool) return { json: { ...forModel(error), ...beside }, pairedItem };
	const { json, binary } = input;
	return { json: { error, input: json, ...beside }, ...(binary ? { binary } : {}), pairedItem };
}

/** Returns until when running an item of Retry again is enough. */
function buildRetryBefore(entry: Entry | undefined): { retryBefore: string | null } {
	return { retryBefore: toIsoTime(entry && getResendDeadline(entry)) };
}
