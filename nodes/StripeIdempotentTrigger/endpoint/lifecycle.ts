import type { IHookFunctions } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';

import { systemTime } from '../../../ledger/clock';
import { wordsWithoutSecrets } from '../../../stripe/api/redact';
import { EndpointRefusal } from '../../../stripe/webhooks/endpoints';
import { Refusal } from '../../shared/run/error';
import { departureIfRefusal } from '../../shared/run/errorToResult';
import { signingSecrets, storedCredential } from '../../shared/stripe/credential';
import { refusalOfEndpoint, TriggerEndpoint } from './endpoint';
import { inputOf, readParameters } from '../parameters';

/** What n8n asks of a trigger when its workflow is published, and when it is not any more. */
export class Lifecycle {
	constructor(private readonly context: IHookFunctions) {}

	checkExists(): Promise<boolean> {
		return this.inPlainWords(async () => {
			if (readParameters(inputOf(this.context)).endpoint === 'create')
				return (await this.endpoint()).stands();
			await this.demandSecret();
			return true;
		});
	}

	create(): Promise<boolean> {
		return this.inPlainWords(async () => {
			await (await this.endpoint()).create();
			return true;
		});
	}

	/** Also where the parameter says by now that the endpoint is made by hand: what the node has made, it removes. */
	async delete(): Promise<boolean> {
		try {
			await (await this.endpoint()).remove();
			return true;
		} catch (error) {
			// A workflow must be able to stop whatever Stripe says: what is delivered afterwards is answered by n8n with 404.
			const { message, nextStep } = wordsOf(error);
			this.context.logger.warn(
				`The webhook endpoint could not be deleted in Stripe: ${message}. ${nextStep} Or delete it in the Stripe dashboard, under Webhooks.`,
			);
			return false;
		}
	}

	private endpoint(): Promise<TriggerEndpoint> {
		return TriggerEndpoint.of(this.context, systemTime);
	}

	/** Better when the workflow is published than at the first event, which may come at night. */
	private async demandSecret(): Promise<void> {
		const credential = storedCredential(await this.context.getCredentials('stripeIdempotentApi'));
		if (signingSecrets(credential).length > 0) return;
		throw new Refusal(
			'Webhook Secret in the credential',
			'is empty',
			'Copy the signing secret (whsec_…) of the endpoint from the Stripe dashboard, under Webhooks.',
		);
	}

	private async inPlainWords<T>(work: () => Promise<T>): Promise<T> {
		try {
			return await work();
		} catch (error) {
			const { message, nextStep } = wordsOf(error);
			throw new NodeOperationError(this.context.getNode(), message, { description: nextStep });
		}
	}
}

function wordsOf(error: unknown): { message: string; nextStep: string } {
	const refused = departureIfRefusal(error instanceof EndpointRefusal ? refusalOfEndpoint(error) : error);
	if (refused) return refused;
	const message = wordsWithoutSecrets(error instanceof Error ? error.message : String(error));
	return { message, nextStep: 'Try it again.' };
}
