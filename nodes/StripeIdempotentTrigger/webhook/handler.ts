import type { IncomingMessage } from 'node:http';

import type { IDataObject, IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';

import type { Entry } from '../../../ledger/model/entry';
import type { Ledger } from '../../../ledger/ledger';
import { StoreUnavailableError } from '../../../ledger/store';
import type { TimeSource } from '../../../ledger/clock';
import { TimeUnknownError } from '../../../ledger/clock';
import type { Connection, Credential } from '../../../stripe/api/connection';
import { connect, DEFAULT_API_VERSION } from '../../../stripe/api/connection';
import type { StripeEvent } from '../../../stripe/webhooks/event';
import { modeOf } from '../../../stripe/webhooks/event';
import { redactSecrets, redactMessage } from '../../../stripe/api/redact';
import { InvalidSignatureError, verifyEvent } from '../../../stripe/webhooks/signature';
import { buildIdempotencyField } from '../../shared/run/idempotencyField';
import { LedgerOpener } from '../../shared/ledger/ledgerOpener';
import { knownErrorToResult } from '../../shared/run/errorToResult';
import { checkAccountId, readSigningSecrets, readCredential } from '../../shared/stripe/credential';
import type { WebhookResponse } from './responses';
import {
	respond,
	respondWhenStarted,
	buildRetryLaterResponse,
	DUPLICATE_DELIVERY,
	buildIgnoredResponse,
	RUN_NOT_STARTED,
} from './responses';
import { INVALID_DELIVERY, buildThinEventResponse } from './responses';
import { AccountLookupError, recordEvent } from '../../../payments/recordEvent';
import type { DeliveryClaim } from '../../../payments/deliveryClaim';
import { buildDeliveryClaim } from '../../../payments/deliveryClaim';
import { isChosen } from '../events';
import { readEndpoint, unseal } from '../endpoint/storage';
import type { TriggerParameters } from '../parameters';
import { toInputContext, readParameters } from '../parameters';

/** ms a delivery waits for another delivery of the same event that is being passed on. */
const WAIT_FOR_OTHER_MS = 10_000;

/** Longer than any event type of Stripe's. */
const MAX_TYPE_LENGTH = 100;

/** The item field that carries the claim to the run, which removes it. */
export const DELIVERY_CLAIM_FIELD = 'n8nDelivery';

/** Handles one delivery: verify → record → claim → pass on → respond when the run has started. */
export class WebhookHandler {
	private readonly ledgers: LedgerOpener;

	constructor(
		private readonly context: IWebhookFunctions,
		private readonly time: TimeSource,
	) {
		this.ledgers = new LedgerOpener(toLedgerContext(context));
	}

	async handle(): Promise<IWebhookResponseData> {
		try {
			return await this.process();
		} catch (error) {
			return respond(this.context, this.toErrorResponse(error));
		} finally {
			await this.ledgers.close();
		}
	}

	private async process(): Promise<IWebhookResponseData> {
		const credential = readCredential(await this.context.getCredentials('stripeIdempotentApi'));
		const parameters = readParameters(toInputContext(this.context));
		const event = await this.verifyDelivery(credential, parameters);
		const connection = connect(credential, this.time);
		if (modeOf(event) !== connection.mode)
			return respond(this.context, buildIgnoredResponse(describeOtherMode(event, connection)));
		const ledger = await this.ledgers.open(0, connection.clock);
		const given = credential.accountId;
		const own = { connection, accountId: given === undefined ? undefined : checkAccountId(given) };
		const entry = await recordEvent(ledger, event, own);
		if (!isChosen(event.type, parameters.events)) {
			return respond(this.context, buildIgnoredResponse(`${event.type} is not one of its events`));
		}
		const item = toEventItem(event, entry);
		// During a manual test, the event starts the workflow every time it is sent.
		if (this.context.getMode() === 'manual') return { workflowData: [[{ json: item }]] };
		return this.startWorkflow(ledger, event, item, parameters);
	}

	/** @throws InvalidSignatureError, ClockLookupError, SigningSecretMissingError if there is no secret to verify with */
	private async verifyDelivery(
		credential: Credential & { webhookSecret?: string },
		{ endpoint }: TriggerParameters,
	): Promise<StripeEvent> {
		const { secretKey, webhookSecret } = credential;
		const stored = endpoint === 'create' ? readEndpoint(this.context) : undefined;
		const own = stored && unseal(stored.sealedSecret, secretKey);
		const secrets = [...(own === undefined ? [] : [own]), ...readSigningSecrets({ webhookSecret })];
		if (secrets.length === 0) throw new SigningSecretMissingError(stored !== undefined);
		// n8n's type comes from a package that it does not include. It is Node.js's own request, with the bytes of the body.
		const request = this.context.getRequestObject() as IncomingMessage & { rawBody?: unknown };
		const delivery = { rawBody: request.rawBody, signature: request.headers['stripe-signature'] };
		return verifyEvent(delivery, secrets, () => this.askStripeTime(credential));
	}

	/** Only Stripe's clock can tell the age of a signature, because the host's may be wrong. */
	private async askStripeTime(credential: Credential): Promise<number> {
		const { clock } = connect(credential, this.time);
		return clock.ascertain().catch((error: unknown) => {
			throw error instanceof TimeUnknownError ? new ClockLookupError() : error;
		});
	}

	private async startWorkflow(
		ledger: Ledger,
		event: StripeEvent,
		item: IDataObject,
		{ retentionMs }: TriggerParameters,
	): Promise<IWebhookResponseData> {
		const { context, time } = this;
		const request = buildDeliveryClaim(event, context.getWorkflow(), context.getNode().name, retentionMs);
		const claim = await ledger.claim(request, WAIT_FOR_OTHER_MS);
		switch (claim.kind) {
			case 'granted': {
				const { entryId, fence, claimId } = claim.grant.entry;
				const deliveryClaim: DeliveryClaim = { entryId, fence, claimId };
				void respondWhenStarted(context, ledger, entryId, time);
				const json = { ...item, [DELIVERY_CLAIM_FIELD]: { ...deliveryClaim } };
				return { workflowData: [[{ json }]], noWebhookResponse: true };
			}
			case 'replay':
				return respond(context, DUPLICATE_DELIVERY);
			case 'busy':
				return respond(context, RUN_NOT_STARTED);
			case 'blocked':
				return respond(context, buildIgnoredResponse('someone canceled this event in the ledger'));
			case 'conflict':
			case 'uncertain':
			case 'stored_rejection':
				return respond(
					context,
					buildRetryLaterResponse('The ledger has a different entry under the ID of this event'),
				);
		}
	}

	private toRefusedResponse({ fault, eventType }: InvalidSignatureError): WebhookResponse {
		if (fault !== 'thin_event') return INVALID_DELIVERY[fault];
		const response = buildThinEventResponse(redactMessage(eventType.slice(0, MAX_TYPE_LENGTH)));
		this.context.logger.error(response.message);
		return response;
	}

	/** Builds the response for a delivery that was not passed on. Only faults of the delivery itself are the sender's. */
	private toErrorResponse(error: unknown): WebhookResponse {
		if (error instanceof InvalidSignatureError) return this.toRefusedResponse(error);
		const message = redactMessage(describeError(error));
		this.context.logger.error(`A Stripe event was not accepted: ${message}`);
		return buildRetryLaterResponse(message);
	}
}

/** Thrown if Stripe's time is unknown, so that a replayed delivery could not be recognized. */
class ClockLookupError extends Error {
	constructor() {
		super('The time could not be read from Stripe, so the age of the signature is unknown');
		this.name = 'ClockLookupError';
	}
}

/** Thrown if there is no secret to verify a signature with. */
class SigningSecretMissingError extends Error {
	constructor(isSealed: boolean) {
		super(
			isSealed
				? 'The signing secret cannot be read, because Secret Key in the credential has changed: publish the workflow again'
				: 'There is no signing secret: publish the workflow again, or fill in Webhook Secret in the credential',
		);
		this.name = 'SigningSecretMissingError';
	}
}

function describeError(error: unknown): string {
	if (error instanceof StoreUnavailableError) return `The ledger cannot be used: ${error.reason}`;
	if (
		error instanceof SigningSecretMissingError ||
		error instanceof AccountLookupError ||
		error instanceof ClockLookupError
	)
		return error.message;
	const result = knownErrorToResult(error);
	if (result) return `${result.message} ${result.nextStep}`;
	return error instanceof Error ? error.message : String(error);
}

/** In live mode, endpoints for connected accounts receive their test events too (docs.stripe.com/connect/webhooks). */
function describeOtherMode(event: StripeEvent, { mode }: Connection): string {
	return `the event is in ${modeOf(event)} mode, but Secret Key in the credential is in ${mode} mode`;
}

function toEventItem(event: StripeEvent, entry: Entry | undefined): IDataObject {
	const { api_version: version } = event;
	return {
		...(redactSecrets(event) as IDataObject),
		...(version === DEFAULT_API_VERSION ? {} : { apiVersionWarning: describeVersion(version) }),
		...(entry
			? { entryId: entry.entryId, idempotency: buildIdempotencyField(entry, { source: 'ledger' }) }
			: {}),
	};
}

function describeVersion(version: string | null | undefined): string {
	return `The event uses API version ${version ?? '(unknown)'}, and this node expects ${DEFAULT_API_VERSION}. Fields may have different names.`;
}

function toLedgerContext(context: IWebhookFunctions): ConstructorParameters<typeof LedgerOpener>[0] {
	return {
		getCredentials: (type: string) => context.getCredentials(type),
		getWorkflow: () => context.getWorkflow(),
		getWorkflowStaticData: (type) => context.getWorkflowStaticData(type),
		...toInputContext(context),
	};
}
