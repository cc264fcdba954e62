import type { IExecuteFunctions, NodeExecutionHint } from 'n8n-workflow';

import { redactMessage } from '../../stripe/api/redact';
import { describeRepeatedItems } from '../shared/run/repeatedItems';
import { findUnstableFields } from '../shared/key/unstableValues';
import type { RegistryResult } from './output/result';
import type { RunContext } from './item';

/** Messages for the person in front of the editor, beside the items. */
export async function publishHints(
	{ context, ledgers, keyFields, entryIds, hasReadAll, progress }: RunContext,
	results: readonly RegistryResult[],
): Promise<void> {
	// A ledger that is down is not queried again.
	const isDown = results.some(
		(result) => result.kind === 'refused' && result.outcome === 'ledger_unavailable',
	);
	const warnings = isDown ? [] : await ledgers.getDurabilityWarnings();
	const unstable =
		keyFields.length > 0 ? findUnstableFields(context, keyFields).map(describeUnstableField) : [];
	const twins = [describeRepeatedItems(entryIds) ?? []].flat();
	const hints = [
		...[...progress.summary(), ...(hasReadAll ? [READ_ALL] : [])].map((message) =>
			toHint('info', message),
		),
		...[...unstable, ...twins, ...warnings, ...warnUnsavedStaticData(context)].map((message) =>
			toHint('warning', message),
		),
	];
	if (hints.length > 0) context.addExecutionHints(...hints);
}

const READ_ALL =
	'Every entry of the ledger was read: no index covers Text or Operation alone. Use Begins With, add a customer, a workflow or a time, or use Get with a key field or an object ID.';

function toHint(type: 'info' | 'warning', message: string): NodeExecutionHint {
	return { message: redactMessage(message), type, location: 'outputPane' };
}

function describeUnstableField([name, why]: [string, string]): string {
	return `"${name}" probably changes on every run (${why}). A retry would then use a new key and be executed twice. Use a stable business field, e.g. the order number.`;
}

function warnUnsavedStaticData(context: IExecuteFunctions): string[] {
	const isStaticData = context.getNode().parameters.ledger === 'staticData';
	if (!isStaticData || context.getMode() !== 'manual') return [];
	return [
		'n8n does not save Workflow Static Data in manual runs. After a restart of n8n this run is forgotten. Choose the ledger Local File.',
	];
}
