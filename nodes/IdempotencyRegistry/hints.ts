import type { IExecuteFunctions, NodeExecutionHint } from 'n8n-workflow';

import { wordsWithoutSecrets } from '../../stripe/api/redact';
import { twinWords } from '../shared/run/twins';
import { volatileFields } from '../shared/key/unstableFields';
import type { Departure } from './output/result';
import type { RunFrame } from './item';

/** What the person in front of the editor should know beside the items. */
export async function publishHints(
	{ context, ledgers, keyFields, entryIds, progress }: RunFrame,
	departures: readonly Departure[],
): Promise<void> {
	// A ledger that is down is not asked once more.
	const isDown = departures.some(
		(departure) => departure.kind === 'refused' && departure.outcome === 'ledger_unavailable',
	);
	const risks = isDown ? [] : await ledgers.risks();
	const volatile = keyFields.length > 0 ? volatileFields(context, keyFields).map(volatileWords) : [];
	const twins = [twinWords(entryIds) ?? []].flat();
	const hints = [
		...(progress?.notes() ?? []).map((message) => hint('info', message)),
		...[...volatile, ...twins, ...risks, ...nothingSaved(context)].map((message) =>
			hint('warning', message),
		),
	];
	if (hints.length > 0) context.addExecutionHints(...hints);
}

function hint(type: 'info' | 'warning', message: string): NodeExecutionHint {
	return { message: wordsWithoutSecrets(message), type, location: 'outputPane' };
}

function volatileWords([name, why]: [string, string]): string {
	return `"${name}" looks as if it were not the same at the next run: ${why}. Then a repeat gets another key, and is done twice. Choose a field of the business, e.g. the order number.`;
}

function nothingSaved(context: IExecuteFunctions): string[] {
	const isStaticData = context.getNode().parameters.ledger === 'staticData';
	if (!isStaticData || context.getMode() !== 'manual') return [];
	return [
		'n8n does not save Workflow Static Data in manual runs: after a restart of n8n nothing of this run is known. Choose the ledger Local File.',
	];
}
