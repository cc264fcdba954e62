import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';

import { StoreUnavailableError } from '../../ledger/store';
import type { TimeSource } from '../../ledger/clock';
import { buildKnownClock } from '../../stripe/api/connection';
import { LedgerOpener } from '../shared/ledger/ledgerOpener';
import type { StartDecision, DeliveryClaim } from '../../payments/deliveryClaim';
import { settleDelivery } from '../../payments/deliveryClaim';
import { readParameters } from './parameters';
import { DELIVERY_CLAIM_FIELD } from './webhook/handler';

/**
 * The first step of a run, which n8n has stored and is executing. The event counts as passed on from here, and not from its
 * delivery.
 *
 * @throws NodeOperationError: the event then does not count as passed on, and Stripe delivers it again
 */
export async function startRun(
	context: IExecuteFunctions,
	time: TimeSource,
): Promise<INodeExecutionData[][]> {
	const items = context.getInputData();
	const ledgers = new LedgerOpener(context);
	try {
		const outputs = await Promise.all(
			items.map(async ({ json }, item) => {
				const { [DELIVERY_CLAIM_FIELD]: claim, ...event } = json;
				const isFirst = await isFirstRun(context, ledgers, claim, time);
				return isFirst ? [{ json: event, pairedItem: { item } }] : [];
			}),
		);
		return [outputs.flat()];
	} finally {
		await ledgers.close();
	}
}

async function isFirstRun(
	context: IExecuteFunctions,
	ledgers: LedgerOpener,
	claim: unknown,
	time: TimeSource,
): Promise<boolean> {
	if (!isDeliveryClaim(claim)) {
		if (context.getMode() === 'manual') return true;
		throw buildStartError(
			context,
			'This node starts when Stripe delivers an event, not manually',
			'Publish the workflow.',
		);
	}
	const { retentionMs } = readParameters(context);
	const ledger = await ledgers.open(0, buildKnownClock(time));
	const decision = await settleDelivery(ledger, claim, retentionMs).catch(toLedgerUnavailable);
	switch (decision.kind) {
		case 'started':
			return true;
		case 'superseded':
			return false;
		case 'unknown_event':
			throw buildStartError(
				context,
				'The ledger of this run does not have the event',
				'The process that runs workflows must use the same ledger as the one that receives events. In queue mode or with several hosts, choose Postgres.',
			);
		case 'ledger_unavailable':
			throw buildStartError(
				context,
				`The ledger cannot be used: ${decision.reason}`,
				'Nothing was passed on. Stripe will deliver the event again.',
			);
	}
}

function toLedgerUnavailable(error: unknown): StartDecision {
	if (error instanceof StoreUnavailableError) return { kind: 'ledger_unavailable', reason: error.reason };
	return rethrow(error);
}

function rethrow(error: unknown): never {
	throw error;
}

function buildStartError(
	context: IExecuteFunctions,
	message: string,
	description: string,
): NodeOperationError {
	return new NodeOperationError(context.getNode(), message, { description });
}

function isDeliveryClaim(value: unknown): value is DeliveryClaim & IDataObject {
	if (typeof value !== 'object' || value === null) return false;
	const { entryId, fence, claimId } = value as Partial<DeliveryClaim>;
	return typeof entryId === 'string' && typeof fence === 'number' && typeof claimId === 'string';
}
