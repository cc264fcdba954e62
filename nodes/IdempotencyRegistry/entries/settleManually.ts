import type { INodeProperties } from 'n8n-workflow';

import { objectsOf } from '../../../ledger/model/entryFacts';
import type { Entry } from '../../../ledger/model/entry';
import { uncertaintyWaitMs, lastPossibleSendAt } from '../../../ledger/rules/uncertainty';
import type { Ledger } from '../../../ledger/ledger';
import type { ReconciliationResult } from '../../../ledger/rules/applyReconciliation';
import { verifyManualFinding } from '../../../stripe/reconcile/verifyManualFinding';
import { toSuccessFacts } from '../../../stripe/objects/paymentState';
import { markDescribing } from '../../shared/parameters/describing';
import { isBill } from '../../../payments/steps';
import { findPaidInvoice } from '../../../payments/findBill';
import { PROVED_NOT_EXECUTED } from '../../../payments/notSent';
import { toSentEntry } from '../../../payments/attemptRequest';
import type { RegistryResult, RefusedResult } from '../output/result';
import { answerDone, refuse, describeEntry } from '../output/result';
import { summarizeInProgress } from './reconcileResult';
import type { RegistryItem } from '../item';
import type { ResolvedEntry } from './reconciler';
import { EntryReconciler } from './reconciler';
import { buildRegistryNumberOption } from '../options';
import { entryKindOf } from '../../../payments/stripeAccess';
import { decidedByProperty, readDecidedBy } from '../tokens/decide';
import { refuseNotFound, findSingleEntry } from './findEntry';
import { toEntryView } from './entryView';
import { findByProperties, simplifyEntryProperty } from './parameters';
import type { RegistryOperation } from '../operation';

const VERDICTS = ['done', 'notDone'] as const;

/** What a person found out. */
interface ManualFinding {
	verdict: (typeof VERDICTS)[number];
	objectId?: string;
	decidedBy: string;
	note?: string;
}

const manualFindingProperties: INodeProperties[] = [
	{
		displayName: 'Finding',
		name: 'verdict',
		type: 'options',
		options: [
			{
				name: 'Request Succeeded',
				value: 'done',
				description: 'Later runs continue from it without paying again',
			},
			{
				name: 'Request Was Never Executed',
				value: 'notDone',
				description:
					'It can be sent again with the same key. Accepted only when Stripe can no longer execute it.',
			},
		],
		default: 'done',
	},
	{
		displayName: 'Stripe Object ID',
		name: 'objectId',
		type: 'string',
		default: '',
		placeholder: 'e.g. pi_3MtwBwLkdIwHu7ix28a3tqPa',
		description:
			'The object you found. Required if the request creates an object. It is read and compared with the request.',
		displayOptions: { show: { verdict: ['done'] } },
	},
	decidedByProperty,
	markDescribing({
		displayName: 'Note',
		name: 'note',
		type: 'string',
		default: '',
		placeholder: "e.g. Stripe's support, ticket 4711",
		description: 'How it was verified. Stored in the ledger.',
	}),
];

export const settleOperation: RegistryOperation = {
	value: 'settle',
	name: 'Resolve Manually',
	action: 'Resolve an entry manually',
	description: 'Record what a person verified in Stripe when Reconcile is inconclusive. Sends nothing.',
	humanOnly: {
		rule: 'The outcome of a payment is recorded by a person',
		waits: 'is waiting for a person to check it',
	},
	outputs: ['done', 'refused'],
	needsStripe: true,
	properties: [...findByProperties, ...manualFindingProperties, simplifyEntryProperty],
	options: [buildRegistryNumberOption('timeoutSeconds', 'How long to wait for each response from Stripe')],
	execute: async (item) => {
		const manual = readManualFinding(item);
		const entry = await findSingleEntry(item);
		return 'kind' in entry
			? entry
			: item.run.mutex.runExclusive(entry.entryId, () => settleEntryByHand(item, entry, manual));
	},
};

function readManualFinding(item: RegistryItem): ManualFinding {
	const verdict = item.read.choice('verdict', VERDICTS);
	const objectId = verdict === 'done' ? item.read.optionalId('objectId') : undefined;
	return { verdict, objectId, decidedBy: readDecidedBy(item), note: item.read.optionalProse('note') };
}

/** Stripe is asked first. A person's statement counts only if Stripe's records do not answer. */
async function settleEntryByHand(
	item: RegistryItem,
	entry: Entry,
	manual: ManualFinding,
): Promise<RegistryResult> {
	const reconciler = await EntryReconciler.of(item);
	const resolved = await reconciler.resolve(entry);
	if (!resolved) return refuseNotFound({ kind: 'entryId', entryId: entry.entryId });
	if (resolved.summary.finding !== 'inconclusive' || entryKindOf(entry) !== 'stripe')
		return toResolvedResult(item, resolved, manual);
	const ledger = await item.openLedger(reconciler.clock);
	const reconciliation = isBill(entry)
		? await checkBill({ reconciler, ledger }, resolved, manual)
		: await checkManualFinding(reconciler, resolved.entry, manual, reconciler.clock.now());
	if (reconciliation.kind === 'refused') return reconciliation;
	const { isWritten, entry: current } = await ledger.recordReconciliation(resolved.entry, reconciliation);
	if (!current) return refuseNotFound({ kind: 'entryId', entryId: entry.entryId });
	return isWritten
		? toEntryResult(item, current)
		: toResolvedResult(item, { entry: current, summary: summarizeInProgress(current) }, manual);
}

function toEntryResult(item: RegistryItem, entry: Entry): RegistryResult {
	return answerDone(toEntryView(entry, item.now(), { simplify: item.read.flag('simplify') }));
}

const STATE_BY_VERDICT: Record<ManualFinding['verdict'], Entry['state']> = {
	done: 'succeeded',
	notDone: 'released',
};

/** An invoice that was paid with different contents than requested may still be right. A person decides that. */
async function checkBill(
	{ reconciler, ledger }: { reconciler: EntryReconciler; ledger: Ledger },
	resolved: ResolvedEntry,
	{ verdict, objectId, decidedBy, note }: ManualFinding,
): Promise<ReconciliationResult | RefusedResult> {
	const { entry } = resolved;
	const query = verdict === 'done' ? reconciler.buildQueryContext(entry) : undefined;
	const invoice = query && (await findPaidInvoice(entry, query, (id) => ledger.find(id)));
	if (!invoice) return refuseBill(resolved);
	if (objectId !== undefined && objectId !== invoice.id)
		return refuseSettle(
			entry,
			'mismatch',
			`The invoice of this bill is ${String(invoice.id)}`,
			LOOK_AGAIN,
		);
	const outcome = { ...toSuccessFacts(invoice), message: note, decidedBy };
	return { kind: 'executed', outcome: { kind: 'succeeded', ...outcome } };
}

/** While its invoice exists it can be paid, so no statement may allow another bill to replace it. */
function refuseBill({ entry, summary: { reason } }: ResolvedEntry): RefusedResult {
	return refuseSettle(
		entry,
		'bill_unfinished',
		reason ?? '',
		'Complete it: run its workflow again, or use Retry. Or withdraw it: delete the draft or void the invoice in Stripe, and use Reconcile.',
	);
}

/** Stripe or the ledger knows the outcome, or Stripe cannot be asked: the statement is not needed, or too early. */
function toResolvedResult(
	item: RegistryItem,
	{ entry, summary: { finding, reason, nextStep } }: ResolvedEntry,
	manual: ManualFinding,
): RegistryResult {
	const subject = describeEntry(entry);
	switch (finding) {
		case 'inconclusive':
			return refuseSettle(entry, 'not_of_stripe', reason ?? '', nextStep);
		case 'stripe_unavailable':
			return refuseSettle(entry, 'stripe_unavailable', reason ?? '', nextStep, { retryable: true });
		case 'in_progress':
			return refuseSettle(entry, 'in_progress', `${subject}: ${reason ?? ''}`, nextStep, {
				retryable: true,
			});
		case 'executed':
		case 'not_executed':
		case 'already_resolved': {
			const isSame = entry.state === STATE_BY_VERDICT[manual.verdict];
			const isOther = manual.objectId !== undefined && !objectsOf(entry).includes(manual.objectId);
			if (isSame && !isOther) return toEntryResult(item, entry);
			const other = isSame ? `, which differs from ${manual.objectId ?? ''}` : '';
			return refuseSettle(
				entry,
				'already_resolved',
				`This (${subject}) is known to be ${entry.state}${other}`,
				nextStep,
			);
		}
	}
}

/** Compares a person's statement with Stripe's records. */
async function checkManualFinding(
	reconciler: EntryReconciler,
	entry: Entry,
	manual: ManualFinding,
	now: number,
): Promise<ReconciliationResult | RefusedResult> {
	return manual.verdict === 'notDone'
		? checkNotExecuted(entry, manual, now)
		: checkExecuted(reconciler, entry, manual, now);
}

/** Nobody can know whether it was executed while Stripe may still execute it. */
function checkNotExecuted(
	entry: Entry,
	{ decidedBy, note }: ManualFinding,
	now: number,
): ReconciliationResult | RefusedResult {
	const settledAt = lastPossibleSendAt(entry, now) + uncertaintyWaitMs(entry);
	if (now < settledAt) return refuseTooEarly(entry, settledAt);
	const message = note ?? PROVED_NOT_EXECUTED.message;
	return { kind: 'not_executed', outcome: { ...PROVED_NOT_EXECUTED, message, decidedBy } };
}

async function checkExecuted(
	reconciler: EntryReconciler,
	entry: Entry,
	{ decidedBy, note, objectId }: ManualFinding,
	now: number,
): Promise<ReconciliationResult | RefusedResult> {
	const inquiry = reconciler.buildQueryContext(entry);
	const seen = inquiry
		? await verifyManualFinding(inquiry, toSentEntry(entry, now), objectId)
		: OTHER_ACCOUNT;
	switch (seen.kind) {
		case 'matches': {
			const facts = seen.object ? toSuccessFacts(seen.object) : {};
			return {
				kind: 'executed',
				outcome: {
					kind: 'succeeded',
					...facts,
					objectId: seen.objectId,
					message: note,
					decidedBy,
				},
			};
		}
		case 'mismatch':
			return refuseSettle(entry, 'mismatch', seen.reason, LOOK_AGAIN);
		case 'stripe_unavailable':
			return refuseSettle(entry, 'stripe_unavailable', seen.reason, 'Run it again later.', {
				retryable: true,
			});
	}
}

const OTHER_ACCOUNT = {
	kind: 'stripe_unavailable',
	reason: 'The credential belongs to a different Stripe account or mode',
} as const;

const LOOK_AGAIN =
	'Check again, in the right account and in the right mode (live or test), and enter the ID of the object that this request created. If it cannot be found, leave the entry unknown: that is safe.';

function refuseTooEarly(entry: Entry, settledAt: number): RefusedResult {
	return refuseSettle(
		entry,
		'too_early',
		`Stripe may still execute it until ${new Date(settledAt).toISOString()}`,
		'Check again then. Until then it is not certain that it was not executed.',
		{ retryable: true },
	);
}

function refuseSettle(
	entry: Entry,
	reason: string,
	message: string,
	nextStep: string,
	{ retryable = false }: { retryable?: boolean } = {},
): RefusedResult {
	return refuse({ outcome: 'not_settled', reason, message, nextStep, retryable, entry });
}
