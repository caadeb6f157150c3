"""Expands template.yaml as SAM would in an account, and prints CloudFormation as JSON.

    expand.py TEMPLATE               what it expands to
    expand.py --name FOLDER TEMPLATE the logical name of the function that is built from functions/FOLDER

Needs what aws-sam-cli installs. Calls nobody.
"""

import json
import sys

from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse


def functions(template):
    """Logical name and properties of each function."""
    for name, resource in template["Resources"].items():
        if resource["Type"] == "AWS::Serverless::Function":
            yield name, resource["Properties"]


def expand(template):
    """CloudFormation, as a dictionary."""
    for name, properties in functions(template):
        # SAM's translator wants to know where the code was uploaded to; this is the place of what was not.
        properties["CodeUri"] = f"s3://not-uploaded/{name}"
    return Translator(managed_policy_map={}, sam_parser=Parser()).translate(template, {})


def main(arguments):
    if len(arguments) == 3 and arguments[0] == "--name":
        wanted = f"functions/{arguments[1]}"
        with open(arguments[2], encoding="utf-8") as file:
            template = yaml_parse(file.read())
        names = [name for name, of in functions(template) if of["CodeUri"].rstrip("/") == wanted]
        if len(names) != 1:
            sys.exit(f"{wanted} is built by {names or 'nobody'}")
        print(names[0])
    elif len(arguments) == 1:
        with open(arguments[0], encoding="utf-8") as file:
            template = yaml_parse(file.read())
        json.dump(expand(template), sys.stdout, indent=1)
        print()
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
