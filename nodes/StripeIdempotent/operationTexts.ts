import type { StripeOperation, StripeResource } from './operations/operation';
import { UNRESOLVABLE } from './operations/unresolvable';
import { describeNeeds } from './permissionVerdicts';

/** Completes the descriptions of operations with what follows from other tables. */
export function completeDescriptions(resources: readonly StripeResource[]): StripeResource[] {
	return resources.map((resource) => ({
		...resource,
		operations: resource.operations.map((operation) => ({
			...operation,
			description: complete(resource, operation),
		})),
	}));
}

function complete(resource: StripeResource, operation: StripeOperation): string {
	const { description, value } = operation;
	const needs = describeNeeds(resource, operation);
	const more = [
		...(UNRESOLVABLE.has(`${resource.value}.${value}`) ? [MAY_NEED_A_PERSON] : []),
		...(needs === undefined ? [] : [needs]),
	];
	if (more.length === 0) return description;
	return [description.endsWith('.') ? description : `${description}.`, ...more].join(' ');
}

const MAY_NEED_A_PERSON = 'If its response is lost for a day, a person may have to decide.';
