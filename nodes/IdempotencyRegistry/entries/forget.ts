import type { Entry } from '../../../ledger/model/entry';
import type { RegistryResult, RefusedResult } from '../output/result';
import { answerDone, refuse, describeEntry } from '../output/result';
import type { RegistryItem } from '../item';
import { entryKindOf } from '../../../payments/stripeAccess';
import { decidedByProperty, readDecidedBy } from '../tokens/decide';
import { refuseNotFound, findSingleEntry } from './findEntry';
import { toEntryView } from './entryView';
import { findByProperties } from './parameters';
import type { RegistryOperation } from '../operation';

/** Deletes entries after first tries. Not available in live mode, where the payment would be made again. */
export const forgetOperation: RegistryOperation = {
	value: 'forget',
	name: 'Forget',
	action: 'Forget a test mode entry',
	description:
		'Delete a test mode entry so that the same order can be tried again. Live mode entries cannot be forgotten.',
	humanOnly: { rule: 'Test entries are forgotten by a person', waits: 'waits for a person' },
	outputs: ['done', 'refused'],
	properties: [...findByProperties, decidedByProperty],
	execute: async (item) => {
		const decidedBy = readDecidedBy(item);
		const entry = await findSingleEntry(item);
		return 'kind' in entry
			? entry
			: item.run.mutex.runExclusive(entry.entryId, () => forgetEntry(item, entry, decidedBy));
	},
};

async function forgetEntry(
	item: RegistryItem,
	{ entryId }: Entry,
	decidedBy: string,
): Promise<RegistryResult> {
	const ledger = await item.openLedger();
	for (;;) {
		const entry = await ledger.find(entryId);
		if (!entry) return refuseNotFound({ kind: 'entryId', entryId });
		const refusal = findForgetRefusal(entry);
		if (refusal) return refusal;
		// An entry that was changed since it was read is read again: it may be in flight now.
		if (!(await ledger.forget(entry))) continue;
		item.run.context.logger.info(`Entry ${entryId} was forgotten by ${decidedBy}`);
		return answerDone({ ...toEntryView(entry, item.now(), { simplify: true }), forgotten: true });
	}
}

function findForgetRefusal(entry: Entry): RefusedResult | undefined {
	const subject = describeEntry(entry);
	if (entry.state === 'reserved') {
		return refuseForget(
			entry,
			'reserved',
			`A token exists for this (${subject}), and it counts toward a limit`,
			'Revoke the token first.',
		);
	}
	if (entryKindOf(entry) !== 'stripe') {
		return refuseForget(
			entry,
			'not_of_stripe',
			`This (${subject}) was not sent to Stripe by these nodes`,
			'Use a different value for the next try.',
		);
	}
	if (entry.mode !== 'test') {
		return refuseForget(
			entry,
			'live',
			`This (${subject}) was executed in live mode. If it were forgotten, it would be paid again`,
			'No action is needed. It is deleted automatically when its retention ends.',
		);
	}
	if (entry.state === 'in_flight') {
		return refuseForget(
			entry,
			'in_flight',
			`This (${subject}) is being sent, or was interrupted while it was sent`,
			'Run it again, or use Reconcile. Forget it when its outcome is known.',
		);
	}
	return undefined;
}

function refuseForget(entry: Entry, reason: string, message: string, nextStep: string): RefusedResult {
	return refuse({ outcome: 'not_forgotten', reason, message, nextStep, entry });
}
