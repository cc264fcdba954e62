import { FORGOTTEN_SEND_MS } from '../../../ledger/rules/uncertainty';
import type { AdoptDecision } from '../../../ledger/rules/adoption';
import type { Entry, PreviousAttempt } from '../../../ledger/model/entry';
import type { Identity, KeyField } from '../../../ledger/identity/key';
import { deriveIdentity, InvalidKeyFieldError } from '../../../ledger/identity/key';
import { toKeySecretMark } from '../../../ledger/identity/keySecret';
import type { Ledger } from '../../../ledger/ledger';
import { PAYMENT_INTENTS } from '../../../stripe/reconcile/earlierPayment';
import { findEarlierPayments } from '../../../stripe/reconcile/findEarlierPayments';
import type { StripeObject } from '../../../stripe/objects/stripeObject';
import type { QueryContext } from '../../../stripe/reconcile/stripeQueries';
import { getWithBackoff } from '../../../stripe/reconcile/stripeQueries';
import { listCreated } from '../../../stripe/reconcile/listCreated';
import { toSuccessFacts } from '../../../stripe/objects/paymentState';
import { redactSecrets } from '../../../stripe/api/redact';
import { readKeyFields } from '../../shared/key/keyParameters';
import { requireEarlierPayments } from '../../shared/stripe/earlierPayments';
import { refuseUnstableKey } from '../../shared/key/unstableKey';
import { readTreatment } from '../../shared/key/treatAs';
import { readOrigin } from '../../shared/run/origin';
import { getByPath } from '../../shared/key/dotPath';
import { toInputText } from '../../shared/parameters/values';
import type { Adoptable, AdoptRefusal } from './adoptable';
import { ADOPTABLE, ADOPTABLE_NAMES, readOriginalEntryId, explainNotAdoptable } from './adoptable';
import {
	describeAdoptBlock,
	describeOtherEntry,
	describeMissingNumber,
	refuseAdopt,
	NOT_MADE_HERE,
	refuseNotShown,
} from './adoptMessages';
import type { RegistryResult } from '../output/result';
import { answerDone, OUTPUT_LABELS } from '../output/result';
import type { RegistryItem } from '../item';
import { readDecidedBy } from '../tokens/decide';
import { toEntryView } from './entryView';
import { SECOND_MS } from '../options';
import type { ItemScope } from '../scopeOfItem';
import { resolveScope } from '../scopeOfItem';
import { DAY_MS } from '../../../ledger/clock';

/** The existing payments that one item asks to adopt. */
export class PastPayments {
	private constructor(
		private readonly item: RegistryItem,
		private readonly adoptable: Adoptable,
		private readonly itemScope: ItemScope,
		private readonly ledger: Ledger,
		private readonly decidedBy: string,
		private readonly retentionMs: number,
	) {}

	/** @throws ItemError, PreflightError, StoreUnavailableError before any payment is read */
	static async of(item: RegistryItem): Promise<PastPayments> {
		const adoptable = ADOPTABLE[item.read.choice('adopted', ADOPTABLE_NAMES)];
		const decidedBy = readDecidedBy(item);
		const retentionMs = item.read.optionNumber('retentionDays') * DAY_MS;
		const itemScope = await resolveScope(item);
		const ledger = await item.openLedger(itemScope.connection.clock);
		return new PastPayments(item, adoptable, itemScope, ledger, decidedBy, retentionMs);
	}

	async adoptItem(): Promise<RegistryResult> {
		const { item, adoptable } = this;
		const id = item.read.id('objectId');
		await refuseUnstableKey(item.run.context, item.index, item.run.time);
		const fields = readKeyFields(item.run.context, item.index);
		const outcome = await getWithBackoff(this.buildQueryContext(), `${adoptable.collection}/${id}`);
		if (outcome.kind !== 'succeeded') return refuseNotShown(outcome, id);
		return this.adoptIdentified(outcome.body ?? {}, this.deriveIdentity(fields));
	}

	/** The oldest payment comes first: if an order has two, the first belongs to it, and the other one is reported. */
	async adoptFromStripe(): Promise<readonly RegistryResult[]> {
		const { item, adoptable } = this;
		const from = item.read.time('createdAfter');
		if (from === undefined) {
			throw item.read.buildError(
				'createdAfter',
				'is empty',
				'Enter how far back to go, e.g. 2026-01-01.',
			);
		}
		const before = item.read.time('createdBefore');
		const chosen = this.readFieldsInStripe();
		const payments = await listCreated(this.buildQueryContext(), adoptable.collection, {
			from: Math.floor(from / SECOND_MS),
			...(before === undefined ? {} : { before: Math.ceil(before / SECOND_MS) }),
		});
		if (payments.kind === 'stripe_unavailable') return [refuseNotShown(payments.outcome)];
		item.run.progress.expand(payments.objects.length);
		const results: RegistryResult[] = [];
		for (const object of payments.objects) {
			if (item.run.signal?.aborted) break;
			const result = await this.adoptObject(object, chosen);
			item.run.progress.complete(result, OUTPUT_LABELS[result.output]);
			results.push(result);
		}
		return results;
	}

	private async adoptObject(
		object: StripeObject,
		chosen: readonly FieldInStripe[],
	): Promise<RegistryResult> {
		const originalEntryId = readOriginalEntryId(object);
		if (chosen.length === 0) {
			return originalEntryId === undefined
				? refuseAdopt(object, NOT_MADE_HERE)
				: this.adoptIdentified(object, { entryId: originalEntryId, fields: [] });
		}
		const identity = await this.deriveIdentityInStripe(object, chosen);
		if ('reason' in identity) return refuseAdopt(object, identity);
		if (originalEntryId !== undefined && originalEntryId !== identity.entryId)
			return refuseAdopt(object, describeOtherEntry(originalEntryId));
		return this.adoptIdentified(object, identity);
	}

	private async adoptIdentified(object: StripeObject, identity: Identity): Promise<RegistryResult> {
		const { item, adoptable, itemScope, ledger, decidedBy, retentionMs } = this;
		const refusal = explainNotAdoptable(adoptable, object);
		if (refusal) return refuseAdopt(object, refusal);
		const decision = await ledger.adopt({
			...itemScope.scope,
			...identity,
			fields: redactSecrets(identity.fields),
			keySecret: toKeySecretMark(itemScope.scope, itemScope.keySecret),
			operation: adoptable.operation,
			path: adoptable.collection,
			params: adoptable.params(object),
			outcome: { kind: 'succeeded', ...toSuccessFacts(object) },
			createdAt: Number(object.created) * SECOND_MS,
			decidedBy,
			readEarlier: (previousAttempts, current) =>
				this.findOpenPayments(object, previousAttempts, current),
			claimId: item.newClaimId(),
			retentionMs,
			origin: readOrigin(item.run.context, item.index),
		});
		return this.toResult(object, decision);
	}

	/** Finds declined payments that their customer can still pay. Only payments leave something like that behind. */
	private async findOpenPayments(
		{ id: own }: StripeObject,
		previousAttempts: readonly PreviousAttempt[],
		current: Entry,
	): Promise<string[]> {
		if (this.adoptable.collection !== PAYMENT_INTENTS) return [];
		const asking = { sent: {}, isToBeConfirmed: false, lookBackMs: FORGOTTEN_SEND_MS };
		const earlier = await findEarlierPayments(
			this.buildQueryContext(),
			current,
			previousAttempts,
			asking,
		);
		return requireEarlierPayments(earlier, current).flatMap(({ id, isCancelled }) =>
			isCancelled || id === own ? [] : [id],
		);
	}

	private toResult(object: StripeObject, decision: AdoptDecision): RegistryResult {
		const { kind, entry } = decision;
		if (kind === 'refused')
			return refuseAdopt(object, describeAdoptBlock(decision.reason, entry, decision.payments), entry);
		return answerDone({
			adopted: kind === 'adopted' ? 'new' : 'already_adopted',
			...toEntryView(entry, this.item.now(), { simplify: true }),
		});
	}

	private deriveIdentity(fields: readonly KeyField[]): Identity {
		const { scope, keySecret } = this.itemScope;
		return deriveIdentity(scope, this.adoptable.operation, fields, keySecret);
	}

	/** @returns why the identity cannot be derived, if the object lacks a field */
	private deriveIdentityInStripe(
		object: StripeObject,
		chosen: readonly FieldInStripe[],
	): Promise<Identity | AdoptRefusal> {
		const fields = chosen.map(({ standsIn, ...field }): KeyField => {
			return { ...field, value: getByPath(object, standsIn).value };
		});
		return Promise.resolve()
			.then(() => this.deriveIdentity(fields))
			.catch((error: unknown) => {
				if (!(error instanceof InvalidKeyFieldError)) throw error;
				const { standsIn = '' } = chosen.find(({ name }) => name === error.field) ?? {};
				return describeMissingNumber(object, standsIn, error.field);
			});
	}

	private readFieldsInStripe(): FieldInStripe[] {
		const { read, run, index } = this.item;
		const rows = read.value('fieldsInStripe.field');
		return (Array.isArray(rows) ? rows : []).map((row: Record<string, unknown>) => {
			const name = toInputText(row.path).trim();
			const standsIn = toInputText(row.standsIn).trim();
			if (name === '' || standsIn === '') {
				throw read.buildError(
					'fieldsInStripe',
					'has a field without a name, or without its place in Stripe',
					'Fill in both, e.g. order_number and metadata.order_id.',
				);
			}
			return { name, standsIn, ...readTreatment(run.context, index, name, row.treatAs) };
		});
	}

	private buildQueryContext(): QueryContext {
		const { item, itemScope } = this;
		const { signal } = item.run;
		const timeoutMs = item.read.optionNumber('timeoutSeconds') * SECOND_MS;
		const { connection, stripeAccount } = itemScope;
		return {
			connection,
			timeoutMs,
			time: connection.clock,
			signal,
			pace: item.getPace(),
			...(stripeAccount === undefined ? {} : { stripeAccount }),
		};
	}
}

/** A key field of the node that pays, and the field of the Stripe object with its value. */
interface FieldInStripe extends Omit<KeyField, 'value'> {
	standsIn: string;
}
