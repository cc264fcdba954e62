import type { AdoptDecision, AdoptRequest } from './rules/adoption';
import { adopt, rejectedBefore } from './rules/adoption';
import type { Entry, InFlightEntry, Outcome, Row } from './model/entry';
import type { KeySecretMark } from './identity/keySecret';
import { confirmKeySecret, refuseOtherKeySecret } from './identity/keySecret';
import type { Payment } from './model/payment';
import type { PaymentNews } from './rules/paymentNews';
import { withNews } from './rules/paymentNews';
import { goneFrom, purge, Upkeep } from './maintenance/purge';
import type { FoundOut } from './rules/applyReconciliation';
import { reconciled } from './rules/applyReconciliation';
import type { Stop } from './model/entry';
import { stopFor } from './rules/killSwitch';
import { newestTimeIn, REGISTRY } from './model/registryRow';
import { putTimeBack } from './maintenance/newestTime';
import type { RowFilter, Store } from './store';
import { ENTRY_STATES, isEntry, StoreUnavailable } from './store';
import type { Testimony } from './rules/confirmSuccess';
import { hear } from './rules/confirmSuccess';
import type { Clock, Time } from './clock';
import { CLOCK_TOLERANCE_MS, clockOf } from './clock';
import type { MomentOwner } from './identity/nearbyTimes';
import { agedEntries, placeMoment } from './identity/nearbyTimes';
import { tracePoint } from './tracing';
import type {
	ClaimAnswer,
	ClaimDecision,
	ClaimRequest,
	Grant,
	SendReport,
	SettleDecision,
	Unread,
} from './rules/claim';
import { claim, inDoubtMeanwhile, isHeldBy, needsNoTime, settle } from './rules/claim';

/** How often a claim that waits for a busy entry looks again. */
const BUSY_POLL_MS = { first: 25, longest: 1_000 };

/** How often, and how far apart, a settle is tried on a store that is down: the answer is worth some patience. */
const SETTLE_TRIES = 8;
const SETTLE_PAUSE_MS = 250;

/** What became of a settle. The outcome is never lost: where the ledger could not keep it, `warning` says so. */
export interface Settled {
	outcome: Outcome;
	entry: Entry;
	warning?: string;
}

/** What stands after something was found out, and whether it is that. */
export interface Concluded {
	isWritten: boolean;
	entry?: Entry;
}

/** Claims, settles and queries entries by the rules of `transitions.ts`, on any store. */
export class Ledger {
	/** Those that were found to be right: what stands never changes. */
	private readonly keySecrets = new Map<string, Promise<void>>();
	private readonly clock: Clock;
	private readonly told: string[] = [];

	/** @param time by which everything is stamped and judged: Stripe's, for what is done at Stripe */
	constructor(
		private readonly store: Store,
		time: Time,
	) {
		this.clock = clockOf(time);
	}

	/** What a person should know of this ledger, one sentence each. */
	get warnings(): readonly string[] {
		return this.told;
	}

	/**
	 * Asks for the right to send. Where another holds the entry, waits up to `waitMs` for its outcome.
	 *
	 * @throws StoreUnavailable when the store cannot be read or written, KeySecretChanged, TimeUnknownError where more than
	 * what stands was to be told: then nothing may be sent
	 */
	async claim(asked: ClaimRequest, waitMs: number, signal?: AbortSignal): Promise<ClaimAnswer> {
		try {
			return await this.claimPatiently(asked, waitMs, signal);
		} finally {
			Upkeep.of(this.store).begin(this.store, this.clock);
		}
	}

	private async claimPatiently(
		asked: ClaimRequest,
		waitMs: number,
		signal?: AbortSignal,
	): Promise<ClaimAnswer> {
		const until = this.clock.monotonic() + waitMs;
		await this.confirm(asked.keySecret);
		for (let pause = BUSY_POLL_MS.first; ; pause = Math.min(pause * 2, BUSY_POLL_MS.longest)) {
			const decision = await this.claimNow(asked);
			const left = until - this.clock.monotonic();
			if (decision.kind !== 'busy' || left <= 0 || signal?.aborted) return decision;
			await this.clock.sleep(Math.min(pause, left), signal);
		}
	}

	/**
	 * What a claim would be, without writing it: for users who would rather rely on Stripe than wait for a store that cannot
	 * be written. What can be read still holds; only where nothing can be read is it taken for a first attempt.
	 *
	 * @throws TimeUnknownError: without the time a key is as good as unknown to Stripe
	 */
	async claimOnPaper(asked: ClaimRequest): Promise<ClaimAnswer> {
		const now = await this.clock.ascertain();
		const { timeline } = asked;
		try {
			if (asked.keySecret) await refuseOtherKeySecret(this.store, asked.keySecret);
			const times = timeline && (await one(this.store.find([timeline.timelineId])));
			const moments = times?.state === 'timeline' ? times : undefined;
			const entryId = timeline
				? placeMoment(moments, { ...asked, timeline }, new Set(), now).entryId
				: asked.entryId;
			const [row, registry] = await this.store.find([entryId, REGISTRY]);
			return await this.claimUnwritten(entryOf(row), { ...asked, entryId }, stopOf(registry, asked));
		} catch (error) {
			ifUnavailable(error);
			return this.claimUnwritten(undefined, asked);
		}
	}

	private async claimUnwritten(
		standing: Entry | undefined,
		asked: ClaimRequest,
		stop?: Stop,
	): Promise<ClaimAnswer> {
		const decision = claim(standing, this.marked(asked), await this.clock.ascertain(), stop);
		if (decision.kind === 'unread')
			return this.claimUnwritten(standing, await readFor(decision, asked), stop);
		return unwritten(decision);
	}

	/** What stands is told without asking anybody for the time; everything else depends on it. */
	private async decide(
		standing: Entry | undefined,
		asked: ClaimRequest,
		registry: Row | undefined,
	): Promise<ClaimDecision> {
		const stop = stopOf(registry, asked);
		const marked = this.marked(asked);
		const known = this.clock.known();
		const decision = claim(standing, marked, known ?? BEFORE_ALL_TIMES, stop);
		if (needsNoTime(decision)) return decision;
		const now = await this.ascertain(registry);
		return now === known ? decision : claim(standing, marked, now, stop);
	}

	private marked(asked: ClaimRequest): ClaimRequest {
		return this.clock.of === 'host' ? { ...asked, isByHostTime: true } : asked;
	}

	/**
	 * The time, which nothing is written without. Where this ledger has seen a later one, two fresh answers have been asked
	 * for: they count for more, and a person is told.
	 */
	private async ascertain(registry: Row | undefined): Promise<number> {
		const newest = this.clock.of === 'stripe' ? newestTimeIn(registry) : undefined;
		const now = await this.clock.ascertain(newest);
		if (newest !== undefined && now < newest - CLOCK_TOLERANCE_MS) {
			await putTimeBack(this.store, newest, now);
			this.told.push(laterTimeWords(newest, now));
		}
		return now;
	}

	/** Asked once for all claims of a run. */
	private async confirm(mark: KeySecretMark | undefined): Promise<void> {
		if (!mark) return;
		const name = `${mark.rowId} ${mark.hash}`;
		const asked = this.keySecrets.get(name) ?? confirmKeySecret(this.store, mark);
		this.keySecrets.set(name, asked);
		await asked.catch((error: unknown) => {
			// A store that is down now may answer the next claim.
			this.keySecrets.delete(name);
			throw error;
		});
	}

	/** The kill switch is read together with what stands: never from a cache. */
	private async claimNow(asked: ClaimRequest): Promise<ClaimAnswer> {
		const entryId = await this.entryOfMoment(asked);
		let mine: ClaimRequest = { ...asked, entryId };
		for (;;) {
			const [row, registry] = await this.store.find([entryId, REGISTRY]);
			const standing = entryOf(row);
			const decision = await this.decide(standing, mine, registry);
			if (decision.kind === 'unread') {
				mine = await readFor(decision, mine);
				continue;
			}
			if (decision.kind !== 'granted') return decision;
			tracePoint('claiming', entryId);
			if (await this.writeGrant(decision.grant.entry, standing === undefined)) {
				tracePoint('claimed', entryId);
				return decision;
			}
			// Another was faster, or it was removed in between: what stands now decides.
		}
	}

	/** @returns whether it stands: also where the acknowledgement of this very write was lost */
	private async writeGrant(entry: InFlightEntry, isFirst: boolean): Promise<boolean> {
		if (isFirst) {
			const standing = entryOf(await one(this.store.insertIfAbsent([entry])));
			return standing !== undefined && isHeldBy(standing, entry);
		}
		if (await this.replace(entry)) return true;
		const winner = await this.find(entry.entryId);
		return winner !== undefined && isHeldBy(winner, entry);
	}

	/**
	 * The kill switch as it stands now, to be read before every send.
	 *
	 * @param isByToken whether what is to be sent came with a token
	 * @throws StoreUnavailable: then nobody knows whether it was pulled
	 */
	async stop(isByToken: boolean): Promise<Stop | undefined> {
		return stopFor(await one(this.store.find([REGISTRY])), isByToken);
	}

	/** A rounded time may belong to an entry on the other side of its bucket's boundary. */
	private async entryOfMoment(asked: MomentOwner): Promise<string> {
		const { timeline } = asked;
		if (!timeline) return asked.entryId;
		for (;;) {
			const [row, registry] = await this.store.find([timeline.timelineId, REGISTRY]);
			const standing = row?.state === 'timeline' ? row : undefined;
			if (this.clock.known() === undefined) {
				const { entryId, next } = placeMoment(
					standing,
					{ ...asked, timeline },
					new Set(),
					BEFORE_ALL_TIMES,
				);
				if (!next && (await this.find(entryId))) return entryId;
			}
			const now = await this.ascertain(registry);
			const aged = standing ? agedEntries(standing, asked.retentionMs, now) : [];
			const gone = await goneFrom(this.store, aged);
			const place = placeMoment(standing, { ...asked, timeline }, gone, now);
			if (!place.next) return place.entryId;
			if (standing) await this.store.replaceIfVersion([place.next]);
			else await this.store.insertIfAbsent([place.next]);
			// Read again rather than trust the acknowledgement: the row says who came first.
		}
	}

	/**
	 * Takes a payment over that was made before this ledger knew of it. As often as it is asked: the first time counts.
	 *
	 * @throws StoreUnavailable, KeySecretChanged, TimeUnknownError
	 */
	async adopt(asked: AdoptRequest): Promise<AdoptDecision> {
		await this.confirm(asked.keySecret);
		const entryId = await this.entryOfMoment(asked);
		for (;;) {
			const standing = await this.find(entryId);
			const decision = adopt(standing, { ...asked, entryId }, await this.clock.ascertain());
			if (decision.kind !== 'adopted') return decision;
			const rejected = standing ? rejectedBefore(decision.entry) : [];
			const payments =
				standing && rejected.length > 0 ? await asked.readEarlier(rejected, standing) : [];
			if (standing && payments.length > 0)
				return { kind: 'refused', reason: 'open_payment', entry: standing, payments };
			if (standing && (await this.replace(decision.entry))) return decision;
			// What stands afterwards is read again: it says whose write it was.
			if (!standing) {
				const stands = entryOf(await one(this.store.insertIfAbsent([decision.entry])));
				if (stands?.version === decision.entry.version) return decision;
			}
		}
	}

	/**
	 * Writes what the sends told. It never throws, because after a send the answer must reach the user: a store that is
	 * down, or another holder, is told in the result.
	 */
	async settle(grant: Grant, report: SendReport, retentionMs: number): Promise<Settled> {
		tracePoint('settling', grant.entry.entryId);
		// The entry stands as granted in all but rare cases, so the first try costs one round trip.
		let standing: Entry | undefined = grant.entry;
		// But what was granted on paper never stood: what has the version of its entry is another's.
		let isSeen = !grant.unwritten;
		for (let tries = 1; ;) {
			const decision: SettleDecision = settle(standing, grant, report, this.stamp(grant), retentionMs);
			try {
				if (isSeen && (await this.write(decision, standing))) {
					tracePoint('settled', grant.entry.entryId);
					return { outcome: decision.outcome, entry: decision.entry ?? grant.entry };
				}
				standing = await this.find(grant.entry.entryId);
				if (isSeen && standing && isOwnSettle(standing, decision)) {
					return { outcome: decision.outcome, entry: standing };
				}
				isSeen = true;
			} catch (error) {
				if (tries++ >= SETTLE_TRIES) {
					return { outcome: decision.outcome, entry: grant.entry, warning: reasonOf(error) };
				}
				await this.clock.sleep(SETTLE_PAUSE_MS * tries);
			}
		}
	}

	/**
	 * Writes the cause of a doubt before the attempt is sent again. What cannot be written counts as the worst anyway, so a
	 * ledger that is down keeps nothing from being sent again.
	 *
	 * @returns the grant as it stands now; undefined where another has taken over: then nothing more may be sent
	 */
	async recordDoubt(grant: Grant, outcome: Outcome): Promise<Grant | undefined> {
		if (grant.unwritten) return grant;
		let standing: Entry | undefined = grant.entry;
		try {
			for (;;) {
				const entry = inDoubtMeanwhile(standing, grant, outcome, this.stamp(grant));
				if (!entry) return undefined;
				if (await this.replace(entry)) return { ...grant, entry };
				standing = await this.find(grant.entry.entryId);
				if (standing?.version === entry.version && isHeldBy(standing, entry))
					return { ...grant, entry };
			}
		} catch (error) {
			ifUnavailable(error);
			return grant;
		}
	}

	private stamp({ entry }: Grant): number {
		return this.clock.stamp(entry.grantedAt ?? entry.lastSentAt ?? entry.createdAt);
	}

	private async write(decision: SettleDecision, standing: Entry | undefined): Promise<boolean> {
		if (!decision.entry) {
			return !standing || (await one(this.store.remove([standing])));
		}
		if (standing) return this.replace(decision.entry);
		const stands = await one(this.store.insertIfAbsent([decision.entry]));
		return stands.version === decision.entry.version && stands.state === decision.entry.state;
	}

	/**
	 * Writes what somebody else than the holder knows of an entry.
	 *
	 * @param testify what is known of this entry, as it stands; undefined for nothing
	 * @returns the entry as it stands afterwards
	 * @throws StoreUnavailable, TimeUnknownError
	 */
	async hear(
		entryId: string,
		testify: (standing: Entry) => Testimony | undefined,
	): Promise<Entry | undefined> {
		const now = await this.clock.ascertain();
		return this.change(entryId, (standing) => {
			const testimony = testify(standing);
			return testimony && hear(standing, testimony, now);
		});
	}

	/**
	 * Writes what has become of the money of an entry since it was answered.
	 *
	 * @param newsOf what was heard of it; undefined for nothing
	 * @param paymentOf how to read what an entry knows of its payment
	 * @returns the entry as it stands afterwards
	 * @throws StoreUnavailable
	 */
	async learn(
		entryId: string,
		newsOf: (standing: Entry) => PaymentNews | undefined,
		paymentOf: (entry: Entry) => Payment | undefined,
	): Promise<Entry | undefined> {
		return this.change(entryId, (standing) => {
			const news = newsOf(standing);
			return news && withNews(standing, news, paymentOf);
		});
	}

	/** @param next what is to stand instead; undefined where nothing is to be written */
	private async change(
		entryId: string,
		next: (standing: Entry) => Entry | undefined,
	): Promise<Entry | undefined> {
		for (;;) {
			const standing = await this.find(entryId);
			const changed = standing && next(standing);
			if (!changed) return standing;
			if (await this.replace(changed)) return changed;
		}
	}

	/**
	 * Writes what was found out about an entry, unless it has been written since it was seen: whoever claimed it meanwhile
	 * may have sent, and then what was found out is the answer to another question.
	 *
	 * @param seen as it stood, and was open, before Stripe was asked
	 * @throws StoreUnavailable, TimeUnknownError
	 */
	async conclude(seen: Entry, foundOut: FoundOut): Promise<Concluded> {
		const next = reconciled(seen, foundOut, await this.clock.ascertain());
		if (!next) return { isWritten: true, entry: seen };
		if (await this.replace(next)) return { isWritten: true, entry: next };
		const entry = await this.find(seen.entryId);
		// Of a replacement whose acknowledgement was lost, and of another's with the same result, the same is to be told.
		return { isWritten: entry !== undefined && isSameConclusion(entry, next), entry };
	}

	async find(entryId: string): Promise<Entry | undefined> {
		return entryOf(await one(this.store.find([entryId])));
	}

	/** Entries only; those that were claimed last come first. */
	async list(filter: RowFilter): Promise<Entry[]> {
		return (await this.store.list({ states: ENTRY_STATES, ...filter })).filter(isEntry);
	}

	/** Removes one entry, if it still stands as it was seen. @returns whether it did */
	forget(seen: Entry): Promise<boolean> {
		return one(this.store.remove([seen]));
	}

	/** Forgets at most `limit` rows past their retention. @returns how many */
	async purge(limit: number): Promise<number> {
		return (await purge(this.store, await this.clock.ascertain(), limit)).removed;
	}

	/** Resolves when nothing is under way beside the claims. */
	rest(): Promise<void> {
		return Upkeep.of(this.store).end();
	}

	private async replace(entry: Entry): Promise<boolean> {
		return one(this.store.replaceIfVersion([entry]));
	}
}

/** At which no lease has begun and nothing has ended. */
const BEFORE_ALL_TIMES = 0;

function laterTimeWords(newest: number, now: number): string {
	const [later, said] = [newest, now].map((at) => new Date(at).toISOString());
	return `The ledger has seen ${later}, and Stripe says twice that it is ${said}: a wrong clock has written into it, or it comes from another Stripe. Look at entries of that time before they are run again.`;
}

/** A settle whose acknowledgement was lost is one's own: from one version only one writer gets to the next. */
function isOwnSettle(standing: Entry, { kind, entry }: SettleDecision): boolean {
	return kind !== 'late' && standing.version === entry?.version && standing.state === entry.state;
}

/** What came late changes the version too, and keeps the state: it may say that the opposite is true. */
function isSameConclusion(standing: Entry, { version, state, evidence, doubt }: Entry): boolean {
	return (
		standing.version === version &&
		standing.state === state &&
		standing.doubt === doubt &&
		standing.evidence?.at(-1)?.at === evidence?.at(-1)?.at &&
		standing.evidence?.length === evidence?.length
	);
}

/** What is only delivered to n8n is no write: what follows from it is stopped by itself. */
function stopOf(registry: Row | undefined, { token, isDelivery }: ClaimRequest): Stop | undefined {
	return isDelivery ? undefined : stopFor(registry, token !== undefined);
}

/** Whatever a store throws, also what is a fault of its own, must not cost the answer. */
function reasonOf(error: unknown): string {
	if (error instanceof StoreUnavailable) return error.reason;
	return error instanceof Error ? error.message : String(error);
}

/** The claim, with what a new attempt has to know. What keeps it from being read is thrown on: nothing is claimed then. */
async function readFor({ standing, past }: Unread, asked: ClaimRequest): Promise<ClaimRequest> {
	const earlier = standing && past.length > 0 ? await asked.readEarlier?.(past, standing) : [];
	const read = await asked.readFirst?.(standing);
	return { ...asked, read: { ...read, earlier, version: standing?.version } };
}

function unwritten(decision: ClaimAnswer): ClaimAnswer {
	return decision.kind === 'granted'
		? { ...decision, grant: { ...decision.grant, unwritten: true } }
		: decision;
}

/** Whatever cannot be read says so itself. */
function ifUnavailable(error: unknown): void {
	if (!(error instanceof StoreUnavailable)) throw error;
}

function entryOf(row: Row | undefined): Entry | undefined {
	return isEntry(row) ? row : undefined;
}

async function one<T>(many: Promise<T[]>): Promise<T> {
	const [only, ...others] = await many;
	if (others.length > 0) throw new RangeError('A store answered with more rows than it was asked for');
	return only as T;
}
