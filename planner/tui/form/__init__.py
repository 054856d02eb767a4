"""The questionnaire as data: fields, their texts, how each is read and written."""
