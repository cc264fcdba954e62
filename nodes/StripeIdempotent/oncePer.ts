import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import { sortByLabel } from '../shared/parameters/resourceProperties';
import { keyOrTokenProperties } from './token/tokenParameter';
import type { OperationClass, StripeOperation, StripeResource, WriteOperation } from './operations/operation';

/** What the class of an operation means, for the editor, the tool description and the docs. */
interface ClassFacts {
	/** The name of the class in the docs. */
	name: string;
	/** The default of "once per" in the docs. */
	oncePer: string;
	/** The label of the parameter in the editor. */
	label: string;
	keySource: 'fields' | 'object';
	/** What a repeat does, for people. */
	repeat: string;
	/** What a model has to know before it calls the operation. */
	forModel: string;
}

export const CLASS_FACTS: Readonly<Record<OperationClass, ClassFacts>> = {
	create: {
		name: 'Makes something new',
		oncePer: 'the key fields',
		label: 'Create Once Per',
		keySource: 'fields',
		repeat: 'Returns the object of the first run. Nothing is created again.',
		forModel: 'Creates one object per key: with the same key again, nothing more is created.',
	},
	terminal: {
		name: 'Can never be undone',
		oncePer: 'the object',
		label: 'Do Once Per',
		keySource: 'object',
		repeat: 'Reads the object first. If nothing is left to do, returns it with alreadyDone. Nothing is sent twice.',
		forModel: 'Cannot be undone. Runs once per object, however often it is called.',
	},
	repeatable: {
		name: 'May rightly happen again',
		oncePer: 'the object and the key fields',
		label: 'Do Once Per',
		keySource: 'fields',
		repeat: 'Returns the response of the first run. A different key does it again.',
		forModel: 'Runs once per object and key: with the same key again, nothing changes.',
	},
	ephemeral: {
		name: 'Makes a link that expires',
		oncePer: 'the key fields',
		label: 'Create Once Per',
		keySource: 'fields',
		repeat: 'Returns the same link, and says whether it has expired.',
		forModel: 'Creates one link per key: with the same key again, the same link is returned.',
	},
};

/** Operations that move money are labelled with their verb. */
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

/** One combination of label and default of the parameter. */
interface Question {
	label: string;
	source: ClassFacts['keySource'];
	resources: Set<string>;
	operations: Set<string>;
}

/**
 * Builds the parameter for all operations with the same label and default. Every browser downloads the description, so there
 * should be few variants.
 */
function askOncePer(property: INodeProperties, resources: readonly StripeResource[]): INodeProperties[] {
	const options = property.options as INodePropertyOptions[];
	return groupQuestions(resources).map(({ label, source, ...shown }) => ({
		...property,
		displayName: label,
		default: source,
		options: source === 'object' ? sortByLabel([...options, objectOption]) : options,
		displayOptions: {
			show: { resource: [...shown.resources], operation: [...shown.operations] },
			hide: { method: ['GET'] },
		},
	}));
}

function groupQuestions(resources: readonly StripeResource[]): Question[] {
	const wayOf = new Map(
		resources.flatMap(({ value, operations }) =>
			operations.map((operation): [string, string] => [
				`${value}.${operation.value}`,
				isWrite(operation) ? describeWay(toWay(value, operation)) : 'none',
			]),
		),
	);
	const questions: Question[] = [];
	for (const { value: resource, operations } of resources) {
		for (const operation of operations.filter(isWrite)) {
			const joined = questions.find((question) =>
				sharesQuestion(question, resource, operation.value, wayOf),
			);
			if (joined) {
				joined.resources.add(resource);
				joined.operations.add(operation.value);
			} else {
				const shown = { resources: new Set([resource]), operations: new Set([operation.value]) };
				questions.push({ ...toWay(resource, operation), ...shown });
			}
		}
	}
	return questions;
}

function toWay(resource: string, operation: WriteOperation): Pick<Question, 'label' | 'source'> {
	return {
		label: labelOncePer(resource, operation),
		source: CLASS_FACTS[operation.class].keySource,
	};
}

function describeWay({ label, source }: Pick<Question, 'label' | 'source'>): string {
	return `${label}, ${source}`;
}

/** n8n shows a parameter for every pair of the resources and operations that it lists. Returns whether all added pairs fit. */
function sharesQuestion(
	{ resources, operations, ...way }: Question,
	resource: string,
	operation: string,
	wayOf: ReadonlyMap<string, string>,
): boolean {
	const question = describeWay(way);
	const fits = (name: string) => (wayOf.get(name) ?? question) === question;
	return (
		fits(`${resource}.${operation}`) &&
		[...operations].every((other) => fits(`${resource}.${other}`)) &&
		[...resources].every((other) => fits(`${other}.${operation}`))
	);
}

/** Returns whether an operation has an entry, or reads existing ones. */
export function usesLedger(operation: StripeOperation): boolean {
	return isWrite(operation) || (operation.kind === 'report' && operation.readsLedger === true);
}

export function isWrite(operation: StripeOperation): operation is WriteOperation {
	return operation.kind === 'write';
}

/** Builds the parameters of the key. */
export function buildOncePerProperties(
	resources: readonly StripeResource[],
	hideForReads: (property: INodeProperties) => INodeProperties,
): INodeProperties[] {
	return keyOrTokenProperties.flatMap((property) =>
		property.name === 'keySource' ? askOncePer(property, resources) : [hideForReads(property)],
	);
}

/**
 * Builds the conditions that hide parameters which only some operations need: names of operations that never need them, and
 * resources without any operation that does.
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
