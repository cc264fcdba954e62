import type { IHookFunctions } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';

import { systemTime } from '../../../ledger/clock';
import { redactMessage } from '../../../stripe/api/redact';
import { WebhookEndpointError } from '../../../stripe/webhooks/endpoints';
import { ItemError } from '../../shared/run/error';
import { knownErrorToResult } from '../../shared/run/errorToResult';
import { endSentence } from '../../shared/run/sentence';
import { readSigningSecrets, readCredential } from '../../shared/stripe/credential';
import { endpointToItemError, TriggerEndpoint } from './endpoint';
import { toInputContext, readParameters } from '../parameters';

/** The hooks that n8n calls when a workflow is published or unpublished. */
export class EndpointLifecycle {
	constructor(private readonly context: IHookFunctions) {}

	checkExists(): Promise<boolean> {
		return this.withPlainErrors(async () => {
			if (readParameters(toInputContext(this.context)).endpoint === 'create')
				return (await this.openEndpoint()).isUpToDate();
			await this.requireSecret();
			return true;
		});
	}

	create(): Promise<boolean> {
		return this.withPlainErrors(async () => {
			await (await this.openEndpoint()).create();
			return true;
		});
	}

	/** Deletes an endpoint that the node has created, even if the parameters now say that it is created manually. */
	async delete(): Promise<boolean> {
		try {
			await (await this.openEndpoint()).remove();
			return true;
		} catch (error) {
			// A workflow can be unpublished whatever Stripe responds. n8n answers later deliveries with 404.
			const { message, nextStep } = describeLifecycleError(error);
			this.context.logger.warn(
				`The webhook endpoint could not be deleted in Stripe: ${message} ${nextStep} Or delete it in the Stripe dashboard, under Webhooks.`,
			);
			return false;
		}
	}

	private openEndpoint(): Promise<TriggerEndpoint> {
		return TriggerEndpoint.of(this.context, systemTime);
	}

	/** It is better to fail when the workflow is published than at the first event. */
	private async requireSecret(): Promise<void> {
		const credential = readCredential(await this.context.getCredentials('stripeIdempotentApi'));
		if (readSigningSecrets(credential).length > 0) return;
		throw new ItemError(
			'Webhook Secret in the credential',
			'is empty',
			'Copy the signing secret (whsec_…) of the endpoint from the Stripe dashboard, under Webhooks.',
		);
	}

	private async withPlainErrors<T>(work: () => Promise<T>): Promise<T> {
		try {
			return await work();
		} catch (error) {
			const { message, nextStep } = describeLifecycleError(error);
			throw new NodeOperationError(this.context.getNode(), message, { description: nextStep });
		}
	}
}

function describeLifecycleError(error: unknown): { message: string; nextStep: string } {
	const result = knownErrorToResult(
		error instanceof WebhookEndpointError ? endpointToItemError(error) : error,
	);
	if (result) return result;
	const message = redactMessage(error instanceof Error ? error.message : String(error));
	return { message: endSentence(message), nextStep: 'Try again.' };
}
