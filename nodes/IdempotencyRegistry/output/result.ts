import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import type { Entry } from '../../../ledger/model/entry';
import type { ItemResult } from '../../shared/run/result';
import { endSentence } from '../../shared/run/sentence';
import { redactSecrets } from '../../../stripe/api/redact';
import { buildIdempotencyField } from '../../shared/run/idempotencyField';
import type { ErrorFrame, OutputItem } from '../../shared/run/toOutputItems';
import { toAnsweredItems, toErrorItem } from '../../shared/run/toOutputItems';

/** The result of one item: its output, and the data. */
export type RegistryResult = AnsweredResult | RefusedResult;

/** A successful result. Its data also fits output 0, for a model. */
interface AnsweredResult {
	kind: 'answered';
	output: RegistryOutput;
	/** One item each. The list may be empty. */
	objects: IDataObject[];
	/** Whether the fields of the input item are kept for the following nodes. */
	isInputKept: boolean;
	/** What a model has to be told. A workflow knows it from the output. */
	advice?: { outcome: string; nextStep: string };
}

/** Why nothing was done, with a message and a next step for people and models. */
export interface RefusedResult {
	kind: 'refused';
	output: RegistryOutput;
	/** The reason: values that workflows branch on. */
	outcome: string;
	/** A more specific reason, if several causes have one outcome. */
	reason?: string;
	message: string;
	nextStep: string;
	/** Whether it makes sense to run the same item again later. */
	retryable: boolean;
	/** Further data beside the message. */
	facts?: IDataObject;
	entry?: Entry;
	/** Further data under `idempotency`. */
	idempotency?: IDataObject;
}

/** Builds the result of a completed request, without the input fields. */
export function answerDone(...objects: IDataObject[]): AnsweredResult {
	return answerThrough('done', ...objects);
}

/** Builds a result for another output, without the input fields. */
export function answerThrough(output: RegistryOutput, ...objects: IDataObject[]): AnsweredResult {
	return { kind: 'answered', output, objects, isInputKept: false };
}

/** Passes the input item on through an output, with the data that was found. */
export function passThrough(
	output: RegistryOutput,
	found: IDataObject,
	advice?: AnsweredResult['advice'],
): AnsweredResult {
	return { kind: 'answered', output, objects: [found], isInputKept: true, advice };
}

/** Routes to Refused, unless another output is given. */
export function refuse(
	details: Omit<RefusedResult, 'kind' | 'output' | 'retryable'> &
		Partial<Pick<RefusedResult, 'output' | 'retryable'>>,
): RefusedResult {
	const message = endSentence(details.message);
	return { kind: 'refused', output: 'refused', retryable: false, ...details, message };
}

/** If a model could approve its own requests, limits would have no effect. */
export function refuseModel({ rule, waits }: { rule: string; waits: string }): RefusedResult {
	return refuse({
		outcome: 'refused',
		reason: 'not_for_models',
		message: `${rule}, never by a model`,
		nextStep: `Tell the user that it ${waits}, and do not try to decide it yourself.`,
	});
}

/**
 * Converts an error to a result, with the messages that all nodes share.
 *
 * @param whenDown the output for an unavailable ledger: the same item may be run again later
 */
export function refuseAs(
	{ outcome, reason, message, nextStep, retryable }: ItemResult,
	whenDown: RegistryOutput,
): RefusedResult {
	const output = outcome === 'ledger_unavailable' ? whenDown : 'refused';
	return refuse({ output, outcome, reason, message, nextStep, retryable });
}

/** Describes an entry by the fields of its key. */
export function describeEntry({ operation, fields }: Entry): string {
	const named = fields.map(([name, value]) => `${name} ${value}`).join(', ');
	return named ? `${operation}, ${named}` : operation;
}

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

/** The outputs of all operations, with their labels. */
export const OUTPUT_LABELS = {
	proceed: 'Proceed',
	alreadyDone: 'Already Done',
	busy: 'Busy',
	reserved: 'Reserved',
	waiting: 'Waiting',
	resolved: 'Resolved',
	unresolved: 'Unresolved',
	success: 'Success',
	fix: 'Fix (4xx)',
	retry: 'Retry (5xx)',
	done: 'Done',
	refused: 'Refused',
} as const;

export type RegistryOutput = keyof typeof OUTPUT_LABELS;
