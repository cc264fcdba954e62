import type { IncomingMessage } from 'node:http';

import type { IDataObject, IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';

import type { Entry } from '../../../ledger/model/entry';
import type { Ledger } from '../../../ledger/ledger';
import { StoreUnavailable } from '../../../ledger/store';
import type { Time } from '../../../ledger/clock';
import { TimeUnknownError } from '../../../ledger/clock';
import type { Connection, Credential } from '../../../stripe/api/connection';
import { connect, DEFAULT_API_VERSION } from '../../../stripe/api/connection';
import type { StripeEvent } from '../../../stripe/webhooks/event';
import { modeOf } from '../../../stripe/webhooks/event';
import { withoutSecrets, wordsWithoutSecrets } from '../../../stripe/api/redact';
import { SignatureRefusal, verifiedEvent } from '../../../stripe/webhooks/signature';
import { idempotencyField } from '../../shared/run/idempotencyField';
import { LedgerOpener } from '../../shared/ledger/ledgerOpener';
import { departureIfRefusal } from '../../shared/run/errorToResult';
import { accountId, signingSecrets, storedCredential } from '../../shared/stripe/credential';
import type { Answer } from './responses';
import { answered, answerWhenBegun, cannotNow, HAD_BEFORE, ignored, NOT_YET } from './responses';
import { REFUSED, refusedThin } from './responses';
import { AccountNotTold, heardBy } from './matchEntry';
import type { EventClaim } from './deliveryClaim';
import { claimOfEvent } from './deliveryClaim';
import { isChosen } from '../events';
import { keptEndpoint, unsealed } from '../endpoint/storage';
import type { Parameters } from '../parameters';
import { inputOf, readParameters } from '../parameters';

/** ms that a delivery waits for another one of the same event that is being passed on right now. */
const WAIT_FOR_OTHER_MS = 10_000;

/** Longer than any type of event that Stripe has. */
const LONGEST_TYPE = 100;

/** Under this name the claim travels with the item to the run, which takes it out. */
export const CLAIM = 'n8nDelivery';

/** One delivery: verify → hear → claim → pass on → answer when the run has begun. */
export class Reception {
	private readonly ledgers: LedgerOpener;

	constructor(
		private readonly context: IWebhookFunctions,
		private readonly time: Time,
	) {
		this.ledgers = new LedgerOpener(ledgerContextOf(context));
	}

	async receive(): Promise<IWebhookResponseData> {
		try {
			return await this.pass();
		} catch (error) {
			return answered(this.context, this.answerTo(error));
		} finally {
			await this.ledgers.close();
		}
	}

	private async pass(): Promise<IWebhookResponseData> {
		const credential = storedCredential(await this.context.getCredentials('stripeIdempotentApi'));
		const parameters = readParameters(inputOf(this.context));
		const event = await this.verified(credential, parameters);
		const connection = connect(credential, this.time);
		if (modeOf(event) !== connection.mode)
			return answered(this.context, ignored(otherMode(event, connection)));
		const ledger = await this.ledgers.open(0, connection.clock);
		const given = credential.accountId;
		const own = { connection, accountId: given === undefined ? undefined : accountId(given) };
		const entry = await heardBy(ledger, event, own);
		if (!isChosen(event.type, parameters.events)) {
			return answered(this.context, ignored(`${event.type} is none of its events`));
		}
		const item = itemOf(event, entry);
		// Whoever tries the workflow out wants to see the event as often as he sends it.
		if (this.context.getMode() === 'manual') return { workflowData: [[{ json: item }]] };
		return this.passOn(ledger, event, item, parameters);
	}

	/** @throws SignatureRefusal, TimeNotTold, NoSecret: without a secret nothing can be told from a forgery */
	private async verified(
		credential: Credential & { webhookSecret?: string },
		{ endpoint }: Parameters,
	): Promise<StripeEvent> {
		const { secretKey, webhookSecret } = credential;
		const kept = endpoint === 'create' ? keptEndpoint(this.context) : undefined;
		const own = kept && unsealed(kept.sealedSecret, secretKey);
		const secrets = [...(own === undefined ? [] : [own]), ...signingSecrets({ webhookSecret })];
		if (secrets.length === 0) throw new NoSecret(kept !== undefined);
		// n8n's types name it by a package that it does not bring along; it is Node's own, with the bytes of the body.
		const request = this.context.getRequestObject() as IncomingMessage & { rawBody?: unknown };
		const delivery = { rawBody: request.rawBody, signature: request.headers['stripe-signature'] };
		return verifiedEvent(delivery, secrets, () => this.stripesNow(credential));
	}

	/** How old a signature is, Stripe's clock alone can tell: the host's may be wrong. */
	private async stripesNow(credential: Credential): Promise<number> {
		const { clock } = connect(credential, this.time);
		return clock.ascertain().catch((error: unknown) => {
			throw error instanceof TimeUnknownError ? new TimeNotTold() : error;
		});
	}

	private async passOn(
		ledger: Ledger,
		event: StripeEvent,
		item: IDataObject,
		{ retentionMs }: Parameters,
	): Promise<IWebhookResponseData> {
		const { context, time } = this;
		const asked = claimOfEvent(event, context.getWorkflow(), context.getNode().name, retentionMs);
		const claim = await ledger.claim(asked, WAIT_FOR_OTHER_MS);
		switch (claim.kind) {
			case 'granted': {
				const { entryId, fence, holder } = claim.grant.entry;
				const mark: EventClaim = { entryId, fence, holder };
				void answerWhenBegun(context, ledger, entryId, time);
				const json = { ...item, [CLAIM]: { ...mark } };
				return { workflowData: [[{ json }]], noWebhookResponse: true };
			}
			case 'replay':
				return answered(context, HAD_BEFORE);
			case 'busy':
				return answered(context, NOT_YET);
			case 'blocked':
				return answered(context, ignored('somebody has canceled this event in the ledger'));
			case 'conflict':
			case 'in_doubt':
			case 'stored_rejection':
				return answered(
					context,
					cannotNow('The ledger holds something else under the ID of this event'),
				);
		}
	}

	private answerToRefused({ fault, eventType }: SignatureRefusal): Answer {
		if (fault !== 'thin_event') return REFUSED[fault];
		const answer = refusedThin(wordsWithoutSecrets(eventType.slice(0, LONGEST_TYPE)));
		this.context.logger.error(answer.message);
		return answer;
	}

	/** What kept a delivery from being passed on. Only what is wrong with the delivery itself is its sender's fault. */
	private answerTo(error: unknown): Answer {
		if (error instanceof SignatureRefusal) return this.answerToRefused(error);
		const words = wordsWithoutSecrets(wordsOf(error));
		this.context.logger.error(`An event of Stripe was not taken: ${words}`);
		return cannotNow(words);
	}
}

/** Whether a delivery is an old one that somebody has overheard, nobody can tell. */
class TimeNotTold extends Error {
	constructor() {
		super('Stripe cannot be asked what time it is, so nobody can tell how old the signature is');
		this.name = 'TimeNotTold';
	}
}

/** There is nothing to check a signature with. */
class NoSecret extends Error {
	constructor(isSealed: boolean) {
		super(
			isSealed
				? 'The signing secret cannot be read, because Secret Key in the credential has changed: publish the workflow again'
				: 'No signing secret is known: publish the workflow again, or fill in Webhook Secret in the credential',
		);
		this.name = 'NoSecret';
	}
}

function wordsOf(error: unknown): string {
	if (error instanceof StoreUnavailable) return `The ledger cannot be used: ${error.reason}`;
	if (error instanceof NoSecret || error instanceof AccountNotTold || error instanceof TimeNotTold)
		return error.message;
	const refused = departureIfRefusal(error);
	if (refused) return `${refused.message}. ${refused.nextStep}`;
	return error instanceof Error ? error.message : String(error);
}

/** Endpoints for connected accounts in live mode are sent their events of test mode too (docs.stripe.com/connect/webhooks). */
function otherMode(event: StripeEvent, { mode }: Connection): string {
	return `the event is of ${modeOf(event)} mode, and Secret Key in the credential is of ${mode} mode`;
}

function itemOf(event: StripeEvent, entry: Entry | undefined): IDataObject {
	const { api_version: version } = event;
	return {
		...(withoutSecrets(event) as IDataObject),
		...(version === DEFAULT_API_VERSION ? {} : { apiVersionWarning: versionWords(version) }),
		...(entry
			? { entryId: entry.entryId, idempotency: idempotencyField(entry, { source: 'ledger' }) }
			: {}),
	};
}

function versionWords(version: string | null | undefined): string {
	return `The event was written in API version ${version ?? '(unknown)'}, and this node knows ${DEFAULT_API_VERSION}: fields may have other names.`;
}

function ledgerContextOf(context: IWebhookFunctions): ConstructorParameters<typeof LedgerOpener>[0] {
	return {
		getCredentials: (type: string) => context.getCredentials(type),
		getWorkflow: () => context.getWorkflow(),
		getWorkflowStaticData: (type) => context.getWorkflowStaticData(type),
		...inputOf(context),
	};
}
