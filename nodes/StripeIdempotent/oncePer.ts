import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import { sortByLabel } from '../shared/parameters/sortByLabel';
import { keyOrTokenProperties } from './token/tokenParameter';
import type { OperationClass, StripeOperation, StripeResource, WriteOperation } from './operations/operation';

/** What follows from the class of an operation, for whoever reads the editor, a tool's description or the docs. */
interface ClassFacts {
	label: string;
	keySource: 'fields' | 'object';
	/** What a repeat does, for a person. */
	repeat: string;
}

export const CLASS_FACTS: Readonly<Record<OperationClass, ClassFacts>> = {
	create: {
		label: 'Create Once Per',
		keySource: 'fields',
		repeat: 'Returns the object of the first run. Nothing is created again.',
	},
	terminal: {
		label: 'Do Once Per',
		keySource: 'object',
		repeat: 'Reads the object first. If nothing is left to do, returns it with alreadyDone. Nothing is sent twice.',
	},
	repeatable: {
		label: 'Do Once Per',
		keySource: 'fields',
		repeat: 'Returns the response of the first run. A different key does it again.',
	},
	ephemeral: {
		label: 'Create Once Per',
		keySource: 'fields',
		repeat: 'Returns the same link, and says whether it has expired.',
	},
};

/** What moves money is called by what it does. */
function labelOncePer(resource: string, { value, class: operationClass }: WriteOperation): string {
	if (resource === 'refund' && value === 'create') return 'Refund Once Per';
	if (value === 'capture') return 'Capture Once Per';
	if (resource === 'paymentIntent' && ['create', 'confirm'].includes(value)) return 'Charge Once Per';
	return CLASS_FACTS[operationClass].label;
}

const objectOption: INodePropertyOptions = {
	name: 'The Object',
	value: 'object',
	description: 'The object itself: nothing can undo this on it, so no key field is needed',
};

/** The one question, once for each way in which it is called and answered by default. */
function askOncePer(property: INodeProperties, resources: readonly StripeResource[]): INodeProperties[] {
	return resources.flatMap((resource) => {
		const writes = resource.operations.filter(isWrite);
		const groups = Map.groupBy(writes, (operation) =>
			JSON.stringify([labelOncePer(resource.value, operation), CLASS_FACTS[operation.class].keySource]),
		);
		return [...groups].map(([key, operations]): INodeProperties => {
			const [displayName, source] = JSON.parse(key) as [string, ClassFacts['keySource']];
			const show = { resource: [resource.value], operation: operations.map(({ value }) => value) };
			const options = property.options as INodePropertyOptions[];
			return {
				...property,
				displayName,
				default: source,
				options: source === 'object' ? sortByLabel([...options, objectOption]) : options,
				displayOptions: { show, hide: { method: ['GET'] } },
			};
		});
	});
}

/** Whether it has an entry, or looks at those that are there. */
export function usesLedger(operation: StripeOperation): boolean {
	return isWrite(operation) || (operation.kind === 'report' && operation.readsLedger === true);
}

export function isWrite(operation: StripeOperation): operation is WriteOperation {
	return operation.kind === 'write';
}

/** The parameters of the key, and what belongs to its answer. */
export function buildOncePerProperties(
	resources: readonly StripeResource[],
	hideForReads: (property: INodeProperties) => INodeProperties,
): INodeProperties[] {
	return keyOrTokenProperties.flatMap((property) =>
		property.name === 'keySource' ? askOncePer(property, resources) : [hideForReads(property)],
	);
}

/**
 * What hides parameters that only some operations need: names of operations that do not need them wherever they occur, and
 * resources of which none does.
 */
export function buildHiding(
	resources: readonly StripeResource[],
	needs: (operation: StripeOperation) => boolean,
): Record<string, string[]> {
	const isWithout = ({ operations }: StripeResource) => !operations.some(needs);
	const mixed = resources
		.filter((resource) => !isWithout(resource))
		.flatMap(({ operations }) => operations);
	const needing = new Set(mixed.filter(needs).map(({ value }) => value));
	const others = new Set(mixed.map(({ value }) => value).filter((value) => !needing.has(value)));
	return {
		operation: [...others],
		resource: resources.filter(isWithout).map(({ value }) => value),
		method: ['GET'],
	};
}
