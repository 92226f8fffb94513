def main() -> None:
    print("hearth")
