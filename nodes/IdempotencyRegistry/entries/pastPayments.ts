import type { AdoptDecision } from '../../../ledger/rules/adoption';
import type { Entry, PastAttempt } from '../../../ledger/model/entry';
import type { Identity, KeyField } from '../../../ledger/identity/key';
import { deriveIdentity, KeyRefusal } from '../../../ledger/identity/key';
import { markOf } from '../../../ledger/identity/keySecret';
import type { Ledger } from '../../../ledger/ledger';
import { PAYMENT_INTENTS } from '../../../stripe/reconcile/earlierPayment';
import { readEarlierPayments } from '../../../stripe/reconcile/findEarlierPayments';
import type { StripeObject } from '../../../stripe/reconcile/finding';
import type { Inquiry } from '../../../stripe/reconcile/stripeQueries';
import { ask } from '../../../stripe/reconcile/stripeQueries';
import { readPast } from '../../../stripe/reconcile/pastObjects';
import { factsOfObject } from '../../../stripe/objects/paymentState';
import { withoutSecrets } from '../../../stripe/api/redact';
import { readKeyFields } from '../../shared/key/keyParameters';
import { paymentsIn } from '../../StripeIdempotent/renewing';
import { refuseVolatileKey } from '../../shared/key/unstableKey';
import { treatmentOf } from '../../shared/key/treatAs';
import { originOf } from '../../shared/run/origin';
import { locate } from '../../shared/key/dotPath';
import { plain } from '../../shared/parameters/values';
import type { Adoptable, NotAdoptable } from './adoptable';
import { ADOPTABLE, ADOPTABLE_NAMES, madeUnder, whyNotAdoptable } from './adoptable';
import { barrierWords, madeUnderOther, noNumber, notAdopted, notMadeHere, notShown } from './adoptMessages';
import type { Departure } from '../output/result';
import { done } from '../output/result';
import type { Item } from '../item';
import { decider } from '../tokens/decide';
import { entryItem } from './entryView';
import { DAY_MS, SECOND_MS } from '../options';
import type { ScopeOfItem } from '../scopeOfItem';
import { scopeOf } from '../scopeOfItem';

/** What one item asks to be taken over. */
export class Past {
	private constructor(
		private readonly item: Item,
		private readonly what: Adoptable,
		private readonly place: ScopeOfItem,
		private readonly ledger: Ledger,
		private readonly by: string,
		private readonly retentionMs: number,
	) {}

	/** @throws Refusal, NotSent, StoreUnavailable: before anything is asked about a payment */
	static async of(item: Item): Promise<Past> {
		const what = ADOPTABLE[item.read.choice('adopted', ADOPTABLE_NAMES)];
		const by = decider(item);
		const retentionMs = item.read.optionNumber('retentionDays') * DAY_MS;
		const place = await scopeOf(item);
		const ledger = await item.ledger(place.connection.clock);
		return new Past(item, what, place, ledger, by, retentionMs);
	}

	async ofItem(): Promise<Departure> {
		const { item, what } = this;
		const id = item.read.id('objectId');
		await refuseVolatileKey(item.run.context, item.index, item.run.time);
		const fields = readKeyFields(item.run.context, item.index);
		const outcome = await ask(this.inquiry(), `${what.collection}/${id}`);
		if (outcome.kind !== 'succeeded') return notShown(outcome, id);
		return this.adopted(outcome.body ?? {}, this.identityOf(fields));
	}

	/** The oldest one comes first: of two payments for one order it is the order's, and the other one is told. */
	async ofStripe(): Promise<readonly Departure[]> {
		const { item, what } = this;
		const from = item.read.time('createdAfter');
		if (from === undefined) {
			throw item.read.refuse('createdAfter', 'is empty', 'Say how far back to go, e.g. 2026-01-01.');
		}
		const before = item.read.time('createdBefore');
		const chosen = this.fieldsInStripe();
		const past = await readPast(this.inquiry(), what.collection, {
			from: Math.floor(from / SECOND_MS),
			...(before === undefined ? {} : { before: Math.ceil(before / SECOND_MS) }),
		});
		if (past.kind === 'not_answered') return [notShown(past.outcome)];
		item.run.progress?.leadsTo(past.objects.length);
		const departures: Departure[] = [];
		for (const object of past.objects) {
			if (item.run.signal?.aborted) break;
			const departure = await this.ofObject(object, chosen);
			item.run.progress?.passed(departure);
			departures.push(departure);
		}
		return departures;
	}

	private async ofObject(object: StripeObject, chosen: readonly FieldInStripe[]): Promise<Departure> {
		const made = madeUnder(object);
		if (chosen.length === 0) {
			return made === undefined
				? notAdopted(object, notMadeHere)
				: this.adopted(object, { entryId: made, fields: [] });
		}
		const identity = await this.identityInStripe(object, chosen);
		if ('reason' in identity) return notAdopted(object, identity);
		if (made !== undefined && made !== identity.entryId) return notAdopted(object, madeUnderOther(made));
		return this.adopted(object, identity);
	}

	private async adopted(object: StripeObject, identity: Identity): Promise<Departure> {
		const { item, what, place, ledger, by, retentionMs } = this;
		const whyNot = whyNotAdoptable(what, object);
		if (whyNot) return notAdopted(object, whyNot);
		const decision = await ledger.adopt({
			...place.scope,
			...identity,
			fields: withoutSecrets(identity.fields),
			keySecret: markOf(place.scope, place.keySecret),
			operation: what.operation,
			path: what.collection,
			params: what.params(object),
			outcome: { kind: 'succeeded', ...factsOfObject(object) },
			createdAt: Number(object.created) * SECOND_MS,
			by,
			readEarlier: (past, standing) => this.paymentsLeft(object, past, standing),
			holder: item.newHolder(),
			retentionMs,
			origin: originOf(item.run.context, item.index),
		});
		return this.leaves(object, decision);
	}

	/** What was declined is not over: its customer may still pay it. Only payments leave something like that behind. */
	private async paymentsLeft(
		{ id: own }: StripeObject,
		past: readonly PastAttempt[],
		standing: Entry,
	): Promise<string[]> {
		if (this.what.collection !== PAYMENT_INTENTS) return [];
		const asking = { sent: {}, isToBeConfirmed: false };
		const earlier = await readEarlierPayments(this.inquiry(), standing, past, asking);
		return paymentsIn(earlier, standing).flatMap(({ id, isCancelled }) =>
			isCancelled || id === own ? [] : [id],
		);
	}

	private leaves(object: StripeObject, decision: AdoptDecision): Departure {
		const { kind, entry } = decision;
		if (kind === 'refused')
			return notAdopted(object, barrierWords(decision.reason, entry, decision.payments), entry);
		return done({
			adopted: kind === 'adopted' ? 'new' : 'already',
			...entryItem(entry, this.item.now(), true),
		});
	}

	private identityOf(fields: readonly KeyField[]): Identity {
		const { scope, keySecret } = this.place;
		return deriveIdentity(scope, this.what.operation, fields, keySecret);
	}

	/** @returns why not, where the object says nothing of it */
	private identityInStripe(
		object: StripeObject,
		chosen: readonly FieldInStripe[],
	): Promise<Identity | NotAdoptable> {
		const fields = chosen.map(({ standsIn, ...field }): KeyField => {
			return { ...field, value: locate(object, standsIn).value };
		});
		return Promise.resolve()
			.then(() => this.identityOf(fields))
			.catch((error: unknown) => {
				if (!(error instanceof KeyRefusal)) throw error;
				const { standsIn = '' } = chosen.find(({ name }) => name === error.field) ?? {};
				return noNumber(object, standsIn, error.field);
			});
	}

	private fieldsInStripe(): FieldInStripe[] {
		const { read, run, index } = this.item;
		const rows = read.value('fieldsInStripe.field');
		return (Array.isArray(rows) ? rows : []).map((row: Record<string, unknown>) => {
			const name = plain(row.path).trim();
			const standsIn = plain(row.standsIn).trim();
			if (name === '' || standsIn === '') {
				throw read.refuse(
					'fieldsInStripe',
					'has a field without a name, or without the place where it stands in Stripe',
					'Fill in both, e.g. order_number and metadata.order_id.',
				);
			}
			return { name, standsIn, ...treatmentOf(run.context, index, name, row.treatAs) };
		});
	}

	private inquiry(): Inquiry {
		const { item, place } = this;
		const { signal } = item.run;
		const timeoutMs = item.read.optionNumber('timeoutSeconds') * SECOND_MS;
		const { connection, stripeAccount } = place;
		return {
			...{ connection, timeoutMs, time: connection.clock, signal, pace: item.pace() },
			...(stripeAccount === undefined ? {} : { stripeAccount }),
		};
	}
}

/** A key field of the node that pays, and where its value stands in a Stripe object. */
interface FieldInStripe extends Omit<KeyField, 'value'> {
	standsIn: string;
}
