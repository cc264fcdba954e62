import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';

import { StoreUnavailable } from '../../ledger/store';
import type { Time } from '../../ledger/clock';
import { knownClock } from '../../stripe/api/connection';
import { LedgerOpener } from '../shared/ledger/ledgerOpener';
import type { Beginning, EventClaim } from './webhook/deliveryClaim';
import { beginRun } from './webhook/deliveryClaim';
import { readParameters } from './parameters';
import { CLAIM } from './webhook/handler';

/**
 * The first step of a run: n8n has stored it, and works on it now. Here, and not when Stripe delivers, an event counts as
 * passed on.
 *
 * @throws NodeOperationError: then the event counts as not passed on, and Stripe delivers it again
 */
export async function begin(context: IExecuteFunctions, time: Time): Promise<INodeExecutionData[][]> {
	const items = context.getInputData();
	const ledgers = new LedgerOpener(context);
	try {
		const begun = await Promise.all(
			items.map(async ({ json }, item) => {
				const { [CLAIM]: claim, ...event } = json;
				const isFirst = await begins(context, ledgers, claim, time);
				return isFirst ? [{ json: event, pairedItem: { item } }] : [];
			}),
		);
		return [begun.flat()];
	} finally {
		await ledgers.close();
	}
}

async function begins(
	context: IExecuteFunctions,
	ledgers: LedgerOpener,
	claim: unknown,
	time: Time,
): Promise<boolean> {
	if (!isClaim(claim)) {
		if (context.getMode() === 'manual') return true;
		throw stop(
			context,
			'This node starts by itself when Stripe delivers an event',
			'Publish the workflow.',
		);
	}
	const { retentionMs } = readParameters(context);
	const ledger = await ledgers.open(0, knownClock(time));
	const beginning = await beginRun(ledger, claim, retentionMs).catch(unavailable);
	switch (beginning.kind) {
		case 'begins':
			return true;
		case 'superseded':
			return false;
		case 'unknown_event':
			throw stop(
				context,
				'The ledger of this run does not know the event',
				'The process that runs workflows must use the same ledger as the one that receives events: in queue mode, or with several hosts, choose Postgres.',
			);
		case 'ledger_unavailable':
			throw stop(
				context,
				`The ledger cannot be used: ${beginning.reason}`,
				'Nothing was passed on. Stripe delivers the event again.',
			);
	}
}

function unavailable(error: unknown): Beginning {
	if (error instanceof StoreUnavailable) return { kind: 'ledger_unavailable', reason: error.reason };
	return rethrown(error);
}

function rethrown(error: unknown): never {
	throw error;
}

function stop(context: IExecuteFunctions, message: string, description: string): NodeOperationError {
	return new NodeOperationError(context.getNode(), message, { description });
}

function isClaim(value: unknown): value is EventClaim & IDataObject {
	if (typeof value !== 'object' || value === null) return false;
	const { entryId, fence, holder } = value as Partial<EventClaim>;
	return typeof entryId === 'string' && typeof fence === 'number' && typeof holder === 'string';
}
