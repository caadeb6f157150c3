"""Reads every policy of an expanded template, those that SAM wrote among them.

    policies.py EXPANDED.json

No action and no resource with a wildcard, but those in ALLOWED; no managed policy of AWS's; nobody may
invoke a function but from a place that is named. Before it looks, it looks at copies with one thing made
worse, and fails if it does not mind.
"""

import copy
import json
import sys

# Each with the reason why it cannot be narrower.
ALLOWED = {
    ("xray:PutTraceSegments", "*"): "traces have no resources",
    ("xray:PutTelemetryRecords", "*"): "traces have no resources",
}


def many(value):
    """One or several as a list; of a condition both ways."""
    if value is None:
        return []
    if isinstance(value, list):
        return [one for part in value for one in many(part)]
    if isinstance(value, dict) and "Fn::If" in value:
        return many(value["Fn::If"][1:])
    if value == {"Ref": "AWS::NoValue"}:
        return []
    return [value]


def statements(value):
    """Every statement below a value, wherever it hangs."""
    if isinstance(value, dict):
        if "Effect" in value:
            yield value
        for one in value.values():
            yield from statements(one)
    elif isinstance(value, list):
        for one in value:
            yield from statements(one)


def complaints(template):
    """What is wrong, in words."""
    found = []
    for name, resource in template["Resources"].items():
        properties = resource.get("Properties", {})
        for statement in statements(properties):
            if "NotAction" in statement or "NotResource" in statement or "NotPrincipal" in statement:
                found.append(f"{name} says what is not allowed, and so allows all the rest")
            # Of a trust policy the resource is the role itself.
            resources = many(statement.get("Resource")) or ["itself"]
            for action in many(statement.get("Action")):
                for target in resources:
                    words = target if isinstance(target, str) else json.dumps(target)
                    if ("*" in action or "*" in words) and (action, words) not in ALLOWED:
                        found.append(f"{name} allows {action} on {words}")
            principal = statement.get("Principal")
            if principal is not None and "*" in json.dumps(principal):
                found.append(f"{name} trusts everybody")
        if resource["Type"] == "AWS::IAM::Role":
            for policy in many(properties.get("ManagedPolicyArns")):
                if isinstance(policy, str) or "Ref" not in policy:
                    found.append(f"{name} has a policy that is not written here: {json.dumps(policy)}")
        if resource["Type"] == "AWS::Lambda::Permission":
            if "SourceArn" not in properties:
                found.append(f"{name} lets anybody of {properties.get('Principal')} invoke")
            elif properties["Principal"] != "apigateway.amazonaws.com":
                found.append(f"{name} lets {properties['Principal']} invoke")
    return found


def first(template, kind):
    """The properties of the first resource of a type."""
    return next(one["Properties"] for one in template["Resources"].values() if one["Type"] == kind)


def worse(template):
    """Copies with one thing made worse, each of which must be minded."""

    def after(change):
        changed = copy.deepcopy(template)
        change(changed)
        return changed

    def widen(changed):
        document = first(changed, "AWS::IAM::ManagedPolicy")["PolicyDocument"]
        document["Statement"][0]["Action"] = ["logs:*"]

    def everywhere(changed):
        document = first(changed, "AWS::IAM::ManagedPolicy")["PolicyDocument"]
        document["Statement"][0]["Resource"] = "*"

    def adopt(changed):
        first(changed, "AWS::IAM::Role")["ManagedPolicyArns"] = ["arn:aws:iam::aws:policy/AdministratorAccess"]

    def trust(changed):
        document = first(changed, "AWS::IAM::Role")["AssumeRolePolicyDocument"]
        document["Statement"][0]["Principal"] = {"AWS": "*"}

    def open_up(changed):
        del first(changed, "AWS::Lambda::Permission")["SourceArn"]

    return {change.__name__: after(change) for change in (widen, everywhere, adopt, trust, open_up)}


def main(path):
    with open(path, encoding="utf-8") as file:
        template = json.load(file)
    found = complaints(template)
    for name, changed in worse(template).items():
        if len(complaints(changed)) <= len(found):
            sys.exit(f"policies.py does not notice `{name}`: mend it before you believe it")
    if found:
        sys.exit("\n".join(found))
    count = sum(1 for one in template["Resources"].values() for _ in statements(one.get("Properties", {})))
    print(f"{count} statements, none wider than it has to be")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
