import type { IHookFunctions } from 'n8n-workflow';

import type { Outcome } from '../../../ledger/model/entry';
import type { Time } from '../../../ledger/clock';
import { connect } from '../../../stripe/api/connection';
import { wordsWithoutSecrets } from '../../../stripe/api/redact';
import type { EndpointWish } from '../../../stripe/webhooks/endpoints';
import { EndpointRefusal, WebhookEndpoints } from '../../../stripe/webhooks/endpoints';
import { Refusal } from '../../shared/run/error';
import { readWords } from '../../StripeIdempotent/readOperation';
import { storedCredential } from '../../shared/stripe/credential';
import { forgetEndpoint, keepEndpoint, keptEndpoint, seal, unsealed } from './storage';
import { inputOf, readParameters } from '../parameters';

/** The endpoint of one trigger: made when its workflow is published, or while n8n listens for a test event. */
export class TriggerEndpoint {
	private constructor(
		private readonly context: IHookFunctions,
		private readonly secretKey: string,
		private readonly endpoints: WebhookEndpoints,
	) {}

	/** @throws CredentialRefusal */
	static async of(context: IHookFunctions, time: Time): Promise<TriggerEndpoint> {
		const credential = storedCredential(await context.getCredentials('stripeIdempotentApi'));
		return new TriggerEndpoint(
			context,
			credential.secretKey,
			new WebhookEndpoints(connect(credential, time), time),
		);
	}

	/** Whether Stripe has it as the parameters want it, and its signatures can be checked. */
	async stands(): Promise<boolean> {
		const known = keptEndpoint(this.context);
		if (!known || unsealed(known.sealedSecret, this.secretKey) === undefined) return false;
		const { connect: isConnect, ...wish } = this.wish();
		return (
			known.connect === isConnect &&
			(await this.endpoints.stands(known.id, { ...wish, connect: isConnect }))
		);
	}

	/** First the new one, then the end of older ones: an event that both deliver starts the workflow once all the same. */
	async create(): Promise<void> {
		const wish = this.wish();
		const older = keptEndpoint(this.context);
		const { id, secret } = await this.endpoints.create(wish);
		keepEndpoint(this.context, { id, connect: wish.connect, sealedSecret: seal(secret, this.secretKey) });
		await this.removeOthers(wish, id, older?.id);
	}

	/**
	 * The id is kept where Stripe does not obey, so that the next creation removes it. Where it was lost, because another
	 * node's run has overwritten the static data of the workflow, the endpoint is known by its address.
	 */
	async remove(): Promise<void> {
		const known = keptEndpoint(this.context);
		if (known) {
			await this.endpoints.delete(known.id);
			forgetEndpoint(this.context);
		} else if (readParameters(inputOf(this.context)).endpoint === 'create') {
			for (const id of await this.endpoints.ownAt(this.wish())) await this.endpoints.delete(id);
		}
	}

	/** Those that a crash between Stripe's answer and n8n's database has left behind have the same address. */
	private async removeOthers(wish: EndpointWish, id: string, older: string | undefined): Promise<void> {
		try {
			const found = new Set([...(older ? [older] : []), ...(await this.endpoints.ownAt(wish))]);
			found.delete(id);
			for (const other of found) await this.endpoints.delete(other);
		} catch (error) {
			// It is refused deliveries that it brings, and no event is lost by it: the workflow may begin.
			const why =
				error instanceof EndpointRefusal
					? wordsOf(error.outcome)
					: wordsWithoutSecrets(String(error));
			this.context.logger.warn(`An older webhook endpoint could not be deleted in Stripe: ${why}`);
		}
	}

	private wish(): EndpointWish {
		const { events, connect: isConnect } = readParameters(inputOf(this.context));
		const url = this.context.getNodeWebhookUrl('default');
		if (url === undefined) {
			throw new Refusal('The workflow', 'has no webhook URL', 'Save the workflow, and try again.');
		}
		const metadata = {
			n8n_workflow: this.context.getWorkflow().id ?? '',
			n8n_node: this.context.getNode().id,
		};
		return { url, events, connect: isConnect, metadata };
	}
}

/** An endpoint that Stripe does not make or delete, in words for the person who publishes the workflow. */
export function refusalOfEndpoint({ outcome }: EndpointRefusal): Refusal {
	return new Refusal('Stripe', `did not do it: ${wordsOf(outcome)}`, nextStepOf(outcome));
}

function wordsOf(outcome: Outcome): string {
	const { message = '' } = outcome;
	return wordsWithoutSecrets(message === '' ? readWords(outcome) : `${readWords(outcome)}. ${message}`);
}

function nextStepOf({ kind, statusCode, param, message = '' }: Outcome): string {
	if (kind === 'unauthorized') {
		return statusCode === 403
			? 'Give the restricted key the permission Webhook Endpoints: Write, or choose the endpoint Made in Stripe by Hand.'
			: 'Correct Secret Key in the credential.';
	}
	if (kind === 'rejected' && (param === 'url' || /\burl\b/i.test(message))) {
		return 'Stripe needs a public https address: set WEBHOOK_URL of n8n to the one under which Stripe reaches it.';
	}
	if (kind === 'rejected' && param?.startsWith('enabled_events')) {
		return 'Correct Events: a type must be written as Stripe writes it.';
	}
	if (kind === 'rejected' && /limit|maximum/i.test(message)) {
		return 'Delete endpoints that are not needed any more in the Stripe dashboard, under Webhooks.';
	}
	return kind === 'rejected' ? 'Correct what Stripe names.' : 'Try it again in a moment.';
}
