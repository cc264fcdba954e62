import type { IDataObject } from 'n8n-workflow';

import type { Entry } from '../../../ledger/model/entry';
import type { ItemResult } from '../../shared/run/result';
import { endSentence } from '../../shared/run/sentence';
import type { RegistryOutput } from './outputs';

/** How one item leaves the node: through which output, and with what. */
export type RegistryResult = AnsweredResult | RefusedResult;

/** What was asked for, as data that can stand on output 0 for a model too. */
export interface AnsweredResult {
	kind: 'answered';
	output: RegistryOutput;
	/** One item each; a list may be empty, or long. */
	objects: IDataObject[];
	/** Whether the fields of the item that came in stay beside it, for the nodes that follow. */
	isInputKept: boolean;
	/** What a model has to be told beside it: a workflow knows it from the output. */
	advice?: { outcome: string; nextStep: string };
}

/** Why not, in words that a person and a model can go on from. */
export interface RefusedResult {
	kind: 'refused';
	output: RegistryOutput;
	/** Why, as one word that a workflow can branch on. */
	outcome: string;
	/** More precisely, where several causes have one outcome. */
	reason?: string;
	message: string;
	nextStep: string;
	/** Whether to run the same item again, later and unchanged, makes sense. */
	retryable: boolean;
	/** Further facts beside the words. */
	facts?: IDataObject;
	entry?: Entry;
	/** Further facts under `idempotency`. */
	idempotency?: IDataObject;
}

/** What was asked for was done: nothing of the item that came in is kept. */
export function answerDone(...objects: IDataObject[]): AnsweredResult {
	return answerThrough('done', ...objects);
}

/** An answer through an output of its own: nothing of the item that came in is kept. */
export function answerThrough(output: RegistryOutput, ...objects: IDataObject[]): AnsweredResult {
	return { kind: 'answered', output, objects, isInputKept: false };
}

/** The item goes on through an output of its own, with what it brought and what was found. */
export function passThrough(
	output: RegistryOutput,
	found: IDataObject,
	advice?: AnsweredResult['advice'],
): AnsweredResult {
	return { kind: 'answered', output, objects: [found], isInputKept: true, advice };
}

/** It leaves through Refused, unless another output is named. */
export function refuse(
	details: Omit<RefusedResult, 'kind' | 'output' | 'retryable'> &
		Partial<Pick<RefusedResult, 'output' | 'retryable'>>,
): RefusedResult {
	const message = endSentence(details.message);
	return { kind: 'refused', output: 'refused', retryable: false, ...details, message };
}

/** A model that could say yes to itself would make every limit a suggestion. */
export function refuseModel({ rule, waits }: { rule: string; waits: string }): RefusedResult {
	return refuse({
		outcome: 'refused',
		reason: 'not_for_models',
		message: `${rule}, never by a model`,
		nextStep: `Tell the user that it ${waits}, and do not try to decide it yourself.`,
	});
}

/**
 * What kept an item from being dealt with, as the other nodes tell it too.
 *
 * @param whenDown the output for a ledger that cannot be used: the same item may be run again later
 */
export function refuseAs(
	{ outcome, reason, message, nextStep, retryable }: ItemResult,
	whenDown: RegistryOutput,
): RefusedResult {
	const output = outcome === 'ledger_unavailable' ? whenDown : 'refused';
	return refuse({ output, outcome, reason, message, nextStep, retryable });
}
