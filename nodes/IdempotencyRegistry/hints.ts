import type { IExecuteFunctions, NodeExecutionHint } from 'n8n-workflow';

import type { LedgerOpener } from '../shared/ledgerOpener';
import type { Departure } from './departure';

/** What the person in front of the editor should know beside the items: how the ledger may lose what it keeps. */
export async function publishHints(
	context: IExecuteFunctions,
	ledgers: LedgerOpener,
	departures: readonly Departure[],
): Promise<void> {
	// A ledger that is down is not asked once more.
	const isDown = departures.some(
		(departure) => departure.kind === 'refused' && departure.outcome === 'ledger_unavailable',
	);
	const risks = isDown ? [] : await ledgers.risks();
	const hints = [...risks, ...nothingSaved(context)].map((message): NodeExecutionHint => ({
		message,
		type: 'warning',
		location: 'outputPane',
	}));
	if (hints.length > 0) context.addExecutionHints(...hints);
}

function nothingSaved(context: IExecuteFunctions): string[] {
	const isStaticData = context.getNode().parameters.ledger === 'staticData';
	if (!isStaticData || context.getMode() !== 'manual') return [];
	return [
		'n8n does not save Workflow Static Data in manual runs: after a restart of n8n nothing of this run is known. Choose the ledger Local File.',
	];
}
