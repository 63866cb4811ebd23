"""What tests of stores and of code on top of them need; shipped."""
