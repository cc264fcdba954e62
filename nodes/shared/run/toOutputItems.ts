import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import type { Entry } from '../../../ledger/model/entry';
import { getResendDeadline } from '../../../ledger/rules/uncertainty';
import { redactMessage, redactSecrets } from '../../../stripe/api/redact';
import { toIsoTime } from '../parameters/isoTime';

/** For which input item something leaves, and whether a model reads it. */
export interface OutputItem {
	index: number;
	input: INodeExecutionData;
	isTool: boolean;
}

/** What was asked for: each object becomes an item. */
export interface AnswerFrame {
	objects: readonly IDataObject[];
	/** Whether the fields of the item that came in stay beside it, for the nodes that follow. */
	isInputKept?: boolean;
	/** What a model gets where there is no object: to it an empty answer looks like a call that went wrong. */
	nothingFound: IDataObject;
}

export function toAnsweredItems(
	{ objects, isInputKept = false, nothingFound }: AnswerFrame,
	{ index, input, isTool }: OutputItem,
): INodeExecutionData[] {
	const pairedItem = { item: index };
	if (isTool && objects.length === 0) return [{ json: nothingFound, pairedItem }];
	// A model knows what it has asked; what it gets must not be hidden among that.
	const inputFields = isInputKept && !isTool ? input.json : {};
	const binary = isInputKept && input.binary ? { binary: input.binary } : {};
	return objects.map((object) => ({ json: { ...inputFields, ...object }, ...binary, pairedItem }));
}

/** Why not, in words that a person and a model can go on from. */
export interface ErrorFrame {
	message: string;
	nextStep: string;
	/** The other fields of `error`, in the order in which people read. */
	fields: IDataObject;
	/** What a model gets in place of `error`: the same, unless it has to be told otherwise. */
	forModel?: (error: IDataObject) => IDataObject;
	/** `idempotency`; absent for what has no entry. */
	idempotency?: IDataObject;
	/** Of what may be run again later, unchanged: until when that is all it takes. */
	retry?: { entry: Entry | undefined };
}

export function toErrorItem(
	{ message, nextStep, fields, forModel = (error) => error, idempotency, retry }: ErrorFrame,
	{ index, input, isTool }: OutputItem,
): INodeExecutionData {
	// What a person wants to read first stands first. People paste keys into the wrong field, and what they gave is quoted.
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
	// Not under `error`: n8n would take that for a reason to run the tool again by itself.
	if (isTool) return { json: { ...forModel(error), ...beside }, pairedItem };
	const { json, binary } = input;
	return { json: { error, input: json, ...beside }, ...(binary ? { binary } : {}), pairedItem };
}

/** What an item of Retry says beside its error: until when running it again is all it takes. */
function buildRetryBefore(entry: Entry | undefined): { retryBefore: string | null } {
	return { retryBefore: toIsoTime(entry && getResendDeadline(entry)) };
}
