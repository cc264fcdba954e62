import type { IHookFunctions } from 'n8n-workflow';

import type { Outcome } from '../../../ledger/model/entry';
import type { TimeSource } from '../../../ledger/clock';
import { connect } from '../../../stripe/api/connection';
import { describePermission } from '../../../stripe/api/permissions';
import { redactMessage } from '../../../stripe/api/redact';
import type { EndpointSpec } from '../../../stripe/webhooks/endpoints';
import { WebhookEndpointError, WebhookEndpoints } from '../../../stripe/webhooks/endpoints';
import { ItemError } from '../../shared/run/error';
import { describeReadOutcome } from '../../shared/stripe/reads';
import { readCredential } from '../../shared/stripe/credential';
import { removeEndpoint, storeEndpoint, readEndpoint, seal, unseal } from './storage';
import { toInputContext, readParameters } from '../parameters';

/** The webhook endpoint of one trigger. It is created when the workflow is published, or while n8n listens for a test event. */
export class TriggerEndpoint {
	private constructor(
		private readonly context: IHookFunctions,
		private readonly secretKey: string,
		private readonly endpoints: WebhookEndpoints,
	) {}

	/** @throws InvalidCredentialError */
	static async of(context: IHookFunctions, time: TimeSource): Promise<TriggerEndpoint> {
		const credential = readCredential(await context.getCredentials('stripeIdempotentApi'));
		return new TriggerEndpoint(
			context,
			credential.secretKey,
			new WebhookEndpoints(connect(credential, time), time),
		);
	}

	/** Returns whether the endpoint in Stripe matches the parameters, and its signatures can be verified. */
	async isUpToDate(): Promise<boolean> {
		const known = readEndpoint(this.context);
		if (!known || unseal(known.sealedSecret, this.secretKey) === undefined) return false;
		const { connect: isConnect, ...spec } = this.readSpec();
		return (
			known.connect === isConnect &&
			(await this.endpoints.isUpToDate(known.id, { ...spec, connect: isConnect }))
		);
	}

	/** Creates the new endpoint before it removes older ones. An event that both deliver still starts the workflow once. */
	async create(): Promise<void> {
		const spec = this.readSpec();
		const older = readEndpoint(this.context);
		const { id, secret } = await this.endpoints.create(spec);
		storeEndpoint(this.context, {
			id,
			connect: spec.connect,
			sealedSecret: seal(secret, this.secretKey),
		});
		await this.removeOthers(spec, id, older?.id);
	}

	/**
	 * Deletes the endpoint. If Stripe refuses, the ID is kept so that the next creation deletes it. If the ID was lost, because
	 * another node's run has overwritten the static data, the endpoint is found by its URL.
	 */
	async remove(): Promise<void> {
		const known = readEndpoint(this.context);
		if (known) {
			await this.endpoints.delete(known.id);
			removeEndpoint(this.context);
		} else if (readParameters(toInputContext(this.context)).endpoint === 'create') {
			for (const id of await this.endpoints.findOwn(this.readSpec())) await this.endpoints.delete(id);
		}
	}

	/** Endpoints left behind by a crash between Stripe's response and n8n's database have the same URL. */
	private async removeOthers(spec: EndpointSpec, id: string, older: string | undefined): Promise<void> {
		try {
			const found = new Set([...(older ? [older] : []), ...(await this.endpoints.findOwn(spec))]);
			found.delete(id);
			for (const other of found) await this.endpoints.delete(other);
		} catch (error) {
			// Deliveries of an old endpoint are refused and no event is lost, so the workflow may start.
			const reason =
				error instanceof WebhookEndpointError
					? describeEndpointOutcome(error.outcome)
					: redactMessage(String(error));
			this.context.logger.warn(`An older webhook endpoint could not be deleted in Stripe: ${reason}`);
		}
	}

	private readSpec(): EndpointSpec {
		const { events, connect: isConnect } = readParameters(toInputContext(this.context));
		const url = this.context.getNodeWebhookUrl('default');
		if (url === undefined) {
			throw new ItemError('The workflow', 'has no webhook URL', 'Save the workflow and try again.');
		}
		const metadata = {
			n8n_workflow: this.context.getWorkflow().id ?? '',
			n8n_node: this.context.getNode().id,
		};
		return { url, events, connect: isConnect, metadata };
	}
}

/** Describes an endpoint that Stripe did not create or delete, for the person who publishes the workflow. */
export function endpointToItemError({ outcome }: WebhookEndpointError): ItemError {
	return new ItemError(
		'Stripe',
		`did not accept the webhook endpoint: ${describeEndpointOutcome(outcome)}`,
		getNextStepForEndpoint(outcome),
	);
}

function describeEndpointOutcome(outcome: Outcome): string {
	const { message = '' } = outcome;
	return redactMessage(
		message === '' ? describeReadOutcome(outcome) : `${describeReadOutcome(outcome)}. ${message}`,
	);
}

const WRITE_ENDPOINTS = describePermission({ name: 'webhook', access: 'write' });

function getNextStepForEndpoint({ kind, statusCode, param, message = '' }: Outcome): string {
	if (kind === 'unauthorized') {
		return statusCode === 403
			? `Give the restricted key the permission ${WRITE_ENDPOINTS}, or choose the endpoint Use Existing Endpoint.`
			: 'Correct Secret Key in the credential.';
	}
	if (kind === 'rejected' && (param === 'url' || /\burl\b/i.test(message))) {
		return 'Stripe needs a public https address: set WEBHOOK_URL in n8n to the address at which Stripe can reach it.';
	}
	if (kind === 'rejected' && param?.startsWith('enabled_events')) {
		return 'Correct Events. Types must be spelled as Stripe spells them.';
	}
	if (kind === 'rejected' && /limit|maximum/i.test(message)) {
		return 'Delete endpoints you no longer need in the Stripe dashboard, under Webhooks.';
	}
	return kind === 'rejected' ? 'Correct what the message names, and try again.' : 'Try again in a moment.';
}
